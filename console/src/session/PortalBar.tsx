import { Link } from '@tanstack/react-router';
import type { ReactNode, Ref } from 'react';
import { IconButton } from '../ui/IconButton';
import { IconArrowLeft } from '../ui/icons';
import styles from './PortalBar.module.css';

interface Props {
  /** `Terminal` or `Files`. */
  what: string;
  resource: string;
  account: string;
  state: ReactNode;
  actions: ReactNode;
  backRef?: Ref<HTMLAnchorElement>;
}

/** Above a page that is a session itself: where one is, how it stands, and what can be done. */
export function PortalBar({ what, resource, account, state, actions, backRef }: Props) {
  return (
    <header className={styles['bar']}>
      <Link ref={backRef} to="/connect" className={styles['back']} aria-label="Back to my connections" title="Back to my connections">
        <IconArrowLeft size={18} aria-hidden />
      </Link>
      <div className={styles['where']}>
        <h1>
          {account !== '' && `${account}@`}
          {resource} <span className="muted">· {what}</span>
        </h1>
        {state}
      </div>
      <div className={styles['actions']}>{actions}</div>
    </header>
  );
}

/** A button of the bar that keeps only its picture where there is no room. */
export function BarButton({ label, icon, onClick, pressed }: { label: string; icon: ReactNode; onClick(): void; pressed?: boolean }) {
  return (
    <>
      <span className={styles['wide']}>
        <button type="button" className={styles['button']} aria-pressed={pressed} onClick={onClick}>
          {icon}
          {label}
        </button>
      </span>
      <span className={styles['narrow']}>
        <IconButton label={label} aria-pressed={pressed} onClick={onClick}>
          {icon}
        </IconButton>
      </span>
    </>
  );
}
