import type { Session } from '../../../api/types';
import { bytes } from '../../../format';
import { isRunning, reasonWords } from '../../../session/states';
import { Running } from '../../../session/Running';
import { Exact, Moment } from '../../../ui/Moment';
import styles from '../Session.module.css';

/** The numbers of a session; they tick while it runs. */
export function Metrics({ session }: { session: Session }) {
  return (
    <dl className={styles['metrics']}>
      <div>
        <dt>Duration</dt>
        <dd>
          <Running session={session} />
        </dd>
      </div>
      <div>
        <dt>Data</dt>
        <dd>
          ↑ {bytes(session.bytes_up)} · ↓ {bytes(session.bytes_down)}
        </dd>
      </div>
      <div>
        <dt>Client IP</dt>
        <dd className="mono">{session.client_ip}</dd>
      </div>
      <div>
        <dt>Start</dt>
        <dd>
          <Exact at={session.started_at} />
        </dd>
      </div>
      <div>
        <dt>End</dt>
        <dd>
          {session.ended_at === null ? (
            <>
              {isRunning(session.state) ? 'running, due' : 'due'} <Moment at={session.expires_at} none="never" />
            </>
          ) : (
            <Exact at={session.ended_at} />
          )}
        </dd>
      </div>
      {session.end_reason !== null && (
        <div>
          <dt>End reason</dt>
          <dd>{reasonWords(session.end_reason)}</dd>
        </div>
      )}
    </dl>
  );
}
