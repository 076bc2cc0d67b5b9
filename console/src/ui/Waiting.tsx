import { Loader } from '@mantine/core';
import styles from './states.module.css';

/** Something is on its way. */
export function Waiting({ label = 'Loading' }: { label?: string }) {
  return (
    <div className={styles['state']} role="status">
      <Loader size="sm" aria-hidden />
      <span className="muted">{label}…</span>
    </div>
  );
}
