import type { ReactNode } from 'react';
import { IconInfo, IconLock, IconWarning } from './icons';
import styles from './Notice.module.css';

export type NoticeTone = 'info' | 'warn' | 'danger' | 'lock';

/** A block that explains something about the page it stands on. */
export function Notice({ tone, title, children, actions }: { tone: NoticeTone; title: ReactNode; children?: ReactNode; actions?: ReactNode }) {
  const Icon = tone === 'lock' ? IconLock : tone === 'info' ? IconInfo : IconWarning;
  return (
    <div className={`${styles['notice']} ${styles[tone]}`} role="note">
      <Icon size={17} aria-hidden />
      <div className={styles['words']}>
        <strong>{title}</strong>
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </div>
  );
}
