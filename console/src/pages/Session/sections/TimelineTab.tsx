import { useQuery } from '@tanstack/react-query';
import { api, body } from '../../../api/client';
import type { Happening, Session } from '../../../api/types';
import { absolute, title } from '../../../format';
import { Changes } from '../../../session/Changes';
import { isMoving } from '../../../session/states';
import { useSecond } from '../../../ui/useNow';
import { Nothing } from '../../../ui/Nothing';
import { Trouble } from '../../../ui/Trouble';
import { Waiting } from '../../../ui/Waiting';
import styles from './Timeline.module.css';

/** What became of the session: who did what about it, and when. */
export function TimelineTab({ session }: { session: Session }) {
  const id = session.session_id;
  const timeline = useQuery({
    queryKey: ['timeline', id],
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/timeline', { params: { path: { id } }, signal })),
    refetchInterval: () => (isMoving(session) ? 5000 : false),
  });
  if (timeline.isPending) return <Waiting label="Loading the timeline" />;
  if (timeline.data === undefined) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />;
  const { events } = timeline.data;
  if (events.length === 0) return <Nothing title="Nothing happened yet" />;
  return (
    // It scrolls, and holds nothing that the keyboard could stop at.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['pane']} role="region" aria-label="Timeline" tabIndex={0}>
      <Life session={session} events={events} />
      <ol className={styles['list']}>
        {events.map((event, at) => (
          // Several events may share one moment; they never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={`${event.at}-${at}`} data-tone={tone(event.kind)}>
            <time dateTime={event.at}>{absolute(Date.parse(event.at))}</time>
            <strong>{heading(event.kind)}</strong>
            {event.actor !== '' && event.actor !== 'gateway' && <span className="muted"> by {event.actor}</span>}
            {typeof event.detail?.['step'] === 'string' && <code> {event.detail['step']}</code>}
            {typeof event.detail?.['reason'] === 'string' && (
              <>
                {' '}
                <q>{event.detail['reason']}</q>
              </>
            )}
            <Changes changes={event.changes} />
          </li>
        ))}
      </ol>
    </div>
  );
}

/** `session.logged_in` → `Logged in`, `recording.played` → `Recording played`. */
function heading(kind: string): string {
  return title(kind.startsWith('session.') ? kind.slice('session.'.length) : kind.replace('.', ' '));
}

function tone(kind: string): string {
  if (/lock/.test(kind) && !/unlock/.test(kind)) return 'hold';
  if (/terminat|fail|denied|lost/.test(kind)) return 'bad';
  if (/logged_in|started|unlock|approved/.test(kind)) return 'good';
  return 'plain';
}

/** The same as a line: waiting, running, locked, with a mark for each event. */
function Life({ session, events }: { session: Session; events: Happening[] }) {
  const now = useSecond();
  const from = Date.parse(session.created_at ?? events[0]?.at ?? '');
  const to = session.ended_at === null ? Math.max(now, from + 1) : Math.max(Date.parse(session.ended_at), from + 1);
  const x = (at: number) => `${Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100))}%`;
  const logon = session.first_logon_at === null ? null : Date.parse(session.first_logon_at);
  return (
    <div className={styles['life']} role="img" aria-label="The life of the session as a line; the list below tells the same">
      <span className={styles['wait']} style={{ left: 0, right: logon === null ? 0 : `calc(100% - ${x(logon)})` }} />
      {logon !== null && <span className={styles['run']} style={{ left: x(logon), right: 0 }} />}
      {events.map((event, at) => (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={`${event.at}-${at}`} className={styles['tick']} data-tone={tone(event.kind)} style={{ left: x(Date.parse(event.at)) }} title={event.message} />
      ))}
    </div>
  );
}
