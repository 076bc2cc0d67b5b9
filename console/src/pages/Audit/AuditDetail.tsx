import { Link } from '@tanstack/react-router';
import type { AuditEvent } from '../../api/types';
import { Changes } from '../../session/Changes';
import { kinds } from '../../object/kinds';
import { ObjectLink } from '../../object/ObjectLink';
import { Copy } from '../../ui/Copy';
import { Dialog } from '../../ui/Dialog';
import { Exact } from '../../ui/Moment';
import styles from './Audit.module.css';

/** One event in full. */
export function AuditDetail({ event, onClose }: { event: AuditEvent | null; onClose(): void }) {
  return (
    <Dialog open={event !== null} onClose={onClose} title={event === null ? '' : `${event.seq} · ${event.kind}`} wide>
      {event !== null && (
        <dl className={styles['detail']}>
          <dt>Time</dt>
          <dd>
            <Exact at={event.at} />
          </dd>
          <dt>Actor</dt>
          <dd>
            <Subject text={event.actor.includes('/') ? event.actor : `user/${event.actor}`} words={event.actor} />
          </dd>
          {event.client_ip !== '' && (
            <>
              <dt>Client IP</dt>
              <dd className="mono">{event.client_ip}</dd>
            </>
          )}
          {event.object !== '' && (
            <>
              <dt>Object</dt>
              <dd>
                <Subject text={event.object} words={event.object} />
              </dd>
            </>
          )}
          {event.session_id !== null && (
            <>
              <dt>Session</dt>
              <dd>
                <Link to="/sessions/$id" params={{ id: event.session_id }} search={{}}>
                  <code>{event.session_id}</code>
                </Link>
              </dd>
            </>
          )}
          {event.changes.length > 0 && (
            <>
              <dt>Changes</dt>
              <dd>
                <Changes changes={event.changes} />
              </dd>
            </>
          )}
          {event.detail !== null && event.detail !== undefined && (
            <>
              <dt>Detail</dt>
              <dd>
                <pre>{typeof event.detail === 'string' ? event.detail : JSON.stringify(event.detail, null, 2)}</pre>
              </dd>
            </>
          )}
          <dt>Hash</dt>
          <dd className={styles['hash']}>
            <code>{event.hash}</code>
            <Copy text={event.hash} what="hash" />
          </dd>
        </dl>
      )}
    </Dialog>
  );
}

/** Leads to the object that is named as `kind/name`, where it has a page. */
function Subject({ text, words }: { text: string; words: string }) {
  const [kind = '', name = ''] = text.split('/');
  if (kinds[kind] === undefined || name === '' || words === 'system') return <>{words}</>;
  return (
    <ObjectLink kind={kind} name={name}>
      {words}
    </ObjectLink>
  );
}
