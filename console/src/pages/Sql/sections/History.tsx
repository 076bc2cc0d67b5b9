import { useQuery } from '@tanstack/react-query';
import { api, body } from '../../../api/client';
import { useMe } from '../../../api/me';
import { Moment } from '../../../ui/Moment';
import { Trouble } from '../../../ui/Trouble';
import { Waiting } from '../../../ui/Waiting';
import styles from '../Sql.module.css';

/** Sessions that are looked into, and statements that are listed. */
const SESSIONS = 10;
const MOST = 200;

/** How the console's own statements begin: they are on record like any other, and nobody's history. */
const OWN = /^(\/\* doorward: names|select pg_catalog\.current_database\(\)$)/;

/** What one has run on a resource before, from the activity log, the newest first. */
async function history(user: string, resource: string, signal: AbortSignal) {
  const { sessions } = await body(api.GET('/v1/sessions', { params: { query: { user, resource, status: 'all', limit: SESSIONS } }, signal }));
  const logs = await Promise.all(
    sessions.map(async ({ session_id: id }) => {
      const page = await body(api.GET('/v1/sessions/{id}/activity', { params: { path: { id }, query: { kind: 'statement', limit: 500 } }, signal }));
      return page.entries.map((entry) => ({ ...entry, session: id })).toReversed();
    }),
  );
  const seen = new Set<string>();
  return logs
    .flat()
    .filter((entry) => !OWN.test(entry.text) && !seen.has(entry.text) && seen.add(entry.text))
    .slice(0, MOST);
}

export function History({ resource, use }: { resource: string; use(text: string): void }) {
  const me = useMe();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['sql-history', me.person.name, resource],
    queryFn: ({ signal }) => history(me.person.name, resource, signal),
    staleTime: 0,
    gcTime: 0,
  });
  if (isPending) return <Waiting />;
  if (data === undefined) return <Trouble error={error} retry={() => void refetch()} />;
  if (data.length === 0) return <p className={`muted ${styles['empty']}`}>You have run nothing here yet.</p>;
  return (
    <ul className={styles['history']} aria-label="History">
      {data.map((entry) => (
        <li key={entry.id}>
          <button type="button" onClick={() => use(entry.text)} title="Put it into the editor">
            <code>{entry.text.slice(0, 400)}</code>
          </button>
          <span className="muted">
            {entry.outcome === 'failed' ? 'failed' : `${entry.rows} ${entry.rows === 1 ? 'row' : 'rows'}`} · {entry.at != null && <Moment at={entry.at} />} ·{' '}
            <a href={`/sessions/${entry.session}?seq=${entry.seq}`} target="_blank" rel="noopener">
              record
            </a>
          </span>
        </li>
      ))}
    </ul>
  );
}
