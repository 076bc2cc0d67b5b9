import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, body } from '../../../api/client';
import type { Session } from '../../../api/types';
import { bytes, clock, title } from '../../../format';
import { Running } from '../../../session/Running';
import { reasonWords } from '../../../session/states';
import { StateMark } from '../../../session/StateMark';
import { Who } from '../../../session/Who';
import { Copy } from '../../../ui/Copy';
import { IconButton } from '../../../ui/IconButton';
import { IconX } from '../../../ui/icons';
import { Exact } from '../../../ui/Moment';
import styles from './Preview.module.css';

const LAST = 20;

/** One session beside the list: how it stands and what was done in it last. Its screen is not opened, so nothing is noted as watched. */
export function Preview({ session: s, onClose }: { session: Session; onClose(): void }) {
  const id = s.session_id;
  const activity = useQuery({
    queryKey: ['activity', id, 'preview', s.version],
    queryFn: async ({ signal }) => (await body(api.GET('/v1/sessions/{id}/activity', { params: { path: { id }, query: { limit: LAST } }, signal }))).entries,
    retry: false,
  });
  return (
    <aside className={styles['pane']} aria-label="Preview">
      <header>
        <strong>
          <Who session={s} />
        </strong>
        <IconButton label="Close the preview (space)" onClick={onClose}>
          <IconX size={16} />
        </IconButton>
      </header>
      <dl>
        <dt>State</dt>
        <dd>
          <StateMark state={s.state} />
        </dd>
        {s.end_reason !== null && (
          <>
            <dt>End reason</dt>
            <dd>{title(reasonWords(s.end_reason))}</dd>
          </>
        )}
        {s.error !== null && (
          <>
            <dt>Error</dt>
            <dd>{s.error.message}</dd>
          </>
        )}
        <dt>Start</dt>
        <dd>
          <Exact at={s.started_at} />
        </dd>
        <dt>Duration</dt>
        <dd>
          <Running session={s} />
        </dd>
        <dt>Data</dt>
        <dd>
          ↑ {bytes(s.bytes_up)} · ↓ {bytes(s.bytes_down)}
        </dd>
        <dt>Client</dt>
        <dd>
          <code>{s.client_ip}</code> <span className="muted">{s.client_interface_title}</span>
        </dd>
        <dt>Id</dt>
        <dd className={styles['id']}>
          <code>{id}</code>
          <Copy text={id} what="session ID" />
        </dd>
      </dl>
      <h2>What was done</h2>
      {activity.data === undefined ? (
        <p className="muted">{activity.isError ? 'You may not see it' : 'Loading…'}</p>
      ) : activity.data.length === 0 ? (
        <p className="muted">Nothing yet</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol tabIndex={0} aria-label="What was done">
          {activity.data.map((entry) => (
            <li key={entry.id} data-bad={entry.outcome === 'failed' || entry.outcome === 'refused' || undefined}>
              <time>{clock(entry.t_ms)}</time>
              <code>{entry.text}</code>
            </li>
          ))}
        </ol>
      )}
      <footer>
        <Link to="/sessions/$id" params={{ id }} search={{}}>
          Open the session (enter)
        </Link>
      </footer>
    </aside>
  );
}
