import type { Session } from '../../../api/types';
import { bytes } from '../../../format';
import styles from '../Wall.module.css';

/** What there is to see of a session without a screen. */
export function Counters({ session }: { session: Session }) {
  return (
    <dl className={styles['counters']}>
      <div>
        <dt>To the resource</dt>
        <dd>{bytes(session.bytes_up)}</dd>
      </div>
      <div>
        <dt>To the user</dt>
        <dd>{bytes(session.bytes_down)}</dd>
      </div>
      <div>
        <dt>Connections</dt>
        <dd>{session.open_connections}</dd>
      </div>
      <div>
        <dt>From</dt>
        <dd className="mono">{session.client_ip}</dd>
      </div>
    </dl>
  );
}
