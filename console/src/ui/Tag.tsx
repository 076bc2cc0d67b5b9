import type { ReactNode } from 'react';
import styles from './Tag.module.css';

export type TagTone = 'plain' | 'ok' | 'warn' | 'danger' | 'info' | 'accent';

/** One word that stands out. */
export function Tag({ tone = 'plain', children, mono = false }: { tone?: TagTone; children: ReactNode; mono?: boolean }) {
  return <span className={`${styles['tag']} ${styles[tone]} ${mono ? 'mono' : ''}`}>{children}</span>;
}
