import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Problem } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/inputs';
import { Notice } from '../../ui/Notice';
import styles from './Security.module.css';

interface Props<T> {
  title: string;
  action: string;
  tone?: 'primary' | 'danger';
  act(code: string): Promise<T>;
  onDone(answer: T): void;
  onClose(): void;
  children: ReactNode;
}

/** Something that needs a code: an open browser is not enough for it. */
export function WithCode<T>({ title, action, tone = 'primary', act, onDone, onClose, children }: Props<T>) {
  const [code, setCode] = useState('');
  const send = useMutation({ mutationFn: () => act(code.trim()), onSuccess: onDone });
  return (
    <Dialog open onClose={onClose} title={title}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <p>{children}</p>
        <TextField
          label="Code"
          help="Of the app, or a recovery code"
          name="code"
          autoComplete="one-time-code"
          value={code}
          onChange={setCode}
          required
          autoFocus
        />
        <div aria-live="assertive">{send.isError && <Notice tone="danger" title={Problem.of(send.error).message} />}</div>
        <div className={styles['buttons']}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone={tone} busy={send.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
