import type { Session } from '../../../api/types';
import { clock } from '../../../format';
import styles from '../Session.module.css';
import type { Playback } from '../usePlayback';

/** Which recording shows, where a session has more than one: by connection, and by terminal within it. */
export function TrackChoice({ session, playback }: { session: Session; playback: Playback }) {
  const { connection, drawn, strand, choose } = playback;
  if (connection === undefined) return null;
  return (
    <>
      {session.connections.length > 1 && (
        <label className={styles['speed']}>
          Connection
          <select value={connection} onChange={(event) => choose({ connection: event.target.value, strand: null })}>
            {session.connections.map((one, at) => (
              <option key={one.id} value={one.id}>
                {at + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      {drawn.length > 1 && (
        <label className={styles['speed']}>
          Screen
          <select value={strand ?? ''} onChange={(event) => choose({ connection, strand: Number(event.target.value) })}>
            {drawn.map((one) => (
              <option key={one.strand} value={one.strand}>
                {`${clock(one.started_ms)} ${one.title === '' ? one.kind : one.title.slice(0, 40)}`}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
