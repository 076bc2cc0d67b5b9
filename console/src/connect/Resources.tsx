import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { isAdmin, useMe } from '../api/me';
import type { ConnectEntry } from '../api/types';
import { IconPlug } from '../ui/icons';
import { Nothing } from '../ui/Nothing';
import { Trouble } from '../ui/Trouble';
import { Waiting } from '../ui/Waiting';
import { ResourceCard } from './ResourceCard';
import styles from './ResourceCard.module.css';
import { reachQuery, useFavourites } from './useReach';

const words = (entry: ConnectEntry): string =>
  [entry.name, entry.description, entry.type, entry.account, ...entry.accounts.map((one) => one.login)].join(' ').toLowerCase();

/** The resources that one may reach, favourites first. */
export function Resources({ q, most = Number.POSITIVE_INFINITY }: { q: string; most?: number }) {
  const me = useMe();
  const reach = useQuery(reachQuery);
  const favourites = useFavourites(me.person.name);
  if (reach.isPending) return <Waiting label="Loading what you may reach" />;
  if (reach.data === undefined) return <Trouble error={reach.error} retry={() => void reach.refetch()} />;
  const wanted = q.trim().toLowerCase();
  const found = reach.data.filter((entry) => words(entry).includes(wanted));
  if (found.length === 0) return <NoResources searched={wanted !== ''} />;
  const rows = found.toSorted((a, b) => Number(favourites.has(b.name)) - Number(favourites.has(a.name)));
  return (
    <ul className={styles['list']} aria-label="Resources">
      {rows.slice(0, most).map((entry) => (
        <ResourceCard key={entry.name} entry={entry} favourites={favourites} />
      ))}
    </ul>
  );
}

function NoResources({ searched }: { searched: boolean }) {
  const me = useMe();
  return (
    <Nothing title={searched ? 'Nothing found' : 'There is nothing that you may reach yet'} icon={<IconPlug size={28} stroke={1.4} />}>
      {searched ? undefined : isAdmin(me) ? (
        <>
          Make a <To kind="resource">resource</To>, an <To kind="account">account</To> and an <To kind="access_rule">access rule</To>.
        </>
      ) : (
        'An administrator gives access with an access rule.'
      )}
    </Nothing>
  );
}

function To({ kind, children }: { kind: string; children: string }) {
  return (
    <Link to="/manage/$kind" params={{ kind }} search={{}}>
      {children}
    </Link>
  );
}
