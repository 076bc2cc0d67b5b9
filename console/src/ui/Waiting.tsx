import { Loader } from '@mantine/core';
import styles from './states.module.css';

/** Something is on its way. */
export function Waiting({ label = 'Loading', words, page = false }: { label?: string; words?: string; page?: boolean }) {
  return (
    <div className={styles['state']} role="status">
      {page && <h1 className="hidden-visually">{label}</h1>}
      <Loader size="sm" aria-hidden />
      <span className="muted">{label}…</span>
      {words !== undefined && <span className="muted">{words}</span>}
    </div>
  );
}
