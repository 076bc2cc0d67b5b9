import { Link } from '@tanstack/react-router';
import type { ConnectEntry } from '../api/types';
import { useMe } from '../api/me';
import { RequestAccess } from '../approval/RequestAccess';
import { TypeTag } from '../session/TypeTag';
import { Command } from '../ui/Command';
import { IconButton } from '../ui/IconButton';
import { IconStar, IconStarOn } from '../ui/icons';
import { choicesOf } from './accounts';
import styles from './ResourceCard.module.css';
import type { Favourites } from './useReach';
import { waysTo } from './ways';
import { WebWays } from './WebWays';

/** A resource that one may reach: the line that does it, the ways in the browser, and the page with all others. */
export function ResourceCard({ entry, favourites }: { entry: ConnectEntry; favourites: Favourites }) {
  const me = useMe();
  const [first, ...others] = choicesOf(entry);
  const line = entry.command ?? (first === undefined ? undefined : waysTo(me, entry, first)[0]?.line);
  const liked = favourites.has(entry.name);
  return (
    <li className={styles['card']}>
      <div className={styles['head']}>
        <IconButton label={liked ? `${entry.name} is a favourite` : `Make ${entry.name} a favourite`} small aria-pressed={liked} on={liked} onClick={() => favourites.toggle(entry.name)}>
          {liked ? <IconStarOn size={15} /> : <IconStar size={15} />}
        </IconButton>
        <h3>
          <Link to="/connect/$resource" params={{ resource: entry.name }}>
            {entry.name}
          </Link>
        </h3>
        <TypeTag type={entry.type} />
      </div>
      <p className="muted">
        as {first?.login ?? entry.account}
        {others.length > 0 && ` or ${others.map((one) => one.login).join(', ')}`}
        {entry.description !== '' && ` · ${entry.description}`}
      </p>
      {line !== undefined && <Command line={line} />}
      <div className={styles['ways']}>
        <WebWays entry={entry} />
        {entry.accounts[0]?.approval != null && <RequestAccess entry={entry} small />}
        <Link to="/connect/$resource" params={{ resource: entry.name }}>
          All ways<span className="hidden-visually"> to {entry.name}</span>
        </Link>
        <Link to="/sessions" search={{ user: me.person.name, resource: entry.name }}>
          My sessions<span className="hidden-visually"> on {entry.name}</span>
        </Link>
      </div>
    </li>
  );
}
