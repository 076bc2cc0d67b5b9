import type { ComponentPropsWithRef } from 'react';
import styles from './Button.module.css';

/** A link that stands among buttons and looks like one: it leads away, or fetches a file. */
export function LinkButton({ children, ...rest }: ComponentPropsWithRef<'a'>) {
  return (
    <a {...rest} className={styles['link']}>
      {children}
    </a>
  );
}
