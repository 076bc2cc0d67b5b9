import { Link } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { arrive } from './arrival';
import styles from './Page.module.css';

/** The name of the page in the tab of the browser, and read out when one has come to it. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Doorward`;
    arrive(title);
  }, [title]);
}

interface Props {
  title: string;
  /** The page that this one belongs to. */
  up?: { to: string; title: string };
  /** Beside the title. */
  note?: ReactNode;
  actions?: ReactNode;
  /** A line of filters. */
  tools?: ReactNode;
  /** The content scrolls by itself (a list) instead of with the page. */
  filled?: boolean;
  /** There is little to step to in the content: it takes the focus itself, to be scrolled with keys. */
  prose?: boolean;
  children: ReactNode;
}

/** A page: its title, what can be done, and its content. */
export function Page({ title, up, note, actions, tools, filled = false, prose = false, children }: Props) {
  useTitle(title);
  return (
    <>
      <div className={styles['head']}>
        {up !== undefined && (
          <span className={styles['up']}>
            <Link to={up.to} search={{}}>
              {up.title}
            </Link>
            <span aria-hidden> /</span>
          </span>
        )}
        <h1>{title}</h1>
        {note !== undefined && <div className={`muted ${styles['note']}`}>{note}</div>}
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </div>
      {tools !== undefined && <div className={styles['tools']}>{tools}</div>}
      {prose ? (
        <div role="region" aria-label={title} tabIndex={0} className={styles['flow']}>
          {children}
        </div>
      ) : (
        <div className={filled ? styles['filled'] : styles['flow']}>{children}</div>
      )}
    </>
  );
}
