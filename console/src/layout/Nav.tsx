import { Link } from '@tanstack/react-router';
import { usePending } from '../approval/usePending';
import { useMe } from '../api/me';
import { navFor } from './nav';
import styles from './Shell.module.css';

/** The way to every page. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const me = useMe();
  return (
    <nav aria-label="Pages" className={styles['nav']}>
      {navFor(me).map((group, at) => (
        <div key={group.title} className={styles['group']} role="group" aria-label={group.title === '' ? 'Work' : group.title}>
          {at > 0 && <div className={styles['grouptitle']}>{group.title}</div>}
          {group.entries.map((entry) => (
            <Link
              key={entry.to}
              to={entry.to}
              search={{}}
              activeOptions={{ exact: entry.to === '/', includeSearch: false }}
              className={styles['link']}
              activeProps={{ 'data-on': true, 'aria-current': 'page' }}
              onClick={onGo}
            >
              <entry.icon size={17} stroke={1.7} aria-hidden />
              {entry.title}
              {entry.to === '/approvals' && <Pending />}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

/** How many requests wait for the person's decision. */
function Pending() {
  const n = usePending();
  if (n === 0) return null;
  return (
    <span className={styles['count']}>
      {n}
      <span className="hidden-visually"> for you to decide</span>
    </span>
  );
}
