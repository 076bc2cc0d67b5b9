import type { ReactNode } from 'react';
import styles from './Chip.module.css';

/** A filter that is on or off. */
export function Chip({ on, onChange, children }: { on: boolean; onChange(on: boolean): void; children: ReactNode }) {
  return (
    <button type="button" aria-pressed={on} className={styles['chip']} onClick={() => onChange(!on)}>
      {children}
    </button>
  );
}

/** Chips that belong together. */
export function Chips({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={label} className={styles['chips']}>
      {children}
    </div>
  );
}
