import type { ReactNode } from 'react';
import { Logo } from '../../layout/Logo';
import styles from './Door.module.css';

/** The frame of the pages that one sees before being let in. */
export function Door({ title, onSubmit, children }: { title: string; onSubmit(): void; children: ReactNode }) {
  return (
    <main className={styles['door']}>
      <form
        className={styles['card']}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <div className={styles['brand']}>
          <Logo size={30} />
          <span>Doorward</span>
        </div>
        <h1>{title}</h1>
        {children}
      </form>
    </main>
  );
}
