import type { ReactNode } from 'react';
import styles from './states.module.css';

/** There is nothing to show, and what one can do about it. */
export function Nothing({ title, children, icon, page = false }: { title: string; children?: ReactNode; icon?: ReactNode; page?: boolean }) {
  return (
    <div className={styles['state']} role="status">
      {icon !== undefined && (
        <span className={styles['icon']} aria-hidden>
          {icon}
        </span>
      )}
      {page ? <h1>{title}</h1> : <strong>{title}</strong>}
      {children !== undefined && <div className={`muted ${styles['words']}`}>{children}</div>}
    </div>
  );
}
