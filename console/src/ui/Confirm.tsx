import type { ReactNode } from 'react';
import { Problem } from '../api/problem';
import { Button } from './Button';
import styles from './Confirm.module.css';
import { Dialog } from './Dialog';
import { Notice } from './Notice';

interface Props {
  open: boolean;
  title: string;
  /** What it means to do it. */
  children: ReactNode;
  act: string;
  keep?: string;
  disabled?: boolean;
  busy?: boolean;
  /** Why it was not done. */
  error?: unknown;
  onAct(): void;
  onClose(): void;
}

/** Asks before something is taken away. */
export function Confirm({ open, title, children, act, keep = 'Keep it', disabled = false, busy = false, error = null, onAct, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      {children}
      <div aria-live="assertive">{error !== null && <Notice tone="danger" title={Problem.of(error).message} />}</div>
      <div className={styles['buttons']}>
        <Button onClick={onClose}>{keep}</Button>
        <Button tone="danger" disabled={disabled} busy={busy} onClick={onAct}>
          {act}
        </Button>
      </div>
    </Dialog>
  );
}
