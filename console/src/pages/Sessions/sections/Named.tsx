import { useRouter } from '@tanstack/react-router';
import { useContext, type MouseEvent } from 'react';
import { MayOpen } from '../mayOpen';
import styles from '../Sessions.module.css';

/**
 * A user, a resource or an activity in a row, leading to its page for those who may open it. A plain anchor: a list draws hundreds of them while
 * one scrolls. The tab key goes past it, as it does past all that is in rows.
 */
export function Named({ kind, name }: { kind: 'user' | 'resource' | 'activity'; name: string }) {
  const router = useRouter();
  const may = useContext(MayOpen);
  if (!may) return <span title={name}>{name}</span>;
  const href = `/manage/${kind}/${encodeURIComponent(name)}${kind === 'activity' ? '' : '?tab=sessions'}`;
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <a href={href} tabIndex={-1} title={name} className={styles['name']} onClick={go}>
      {name}
    </a>
  );
}
