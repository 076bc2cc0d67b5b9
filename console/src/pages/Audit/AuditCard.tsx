import type { AuditEvent } from '../../api/types';
import { absolute } from '../../format';
import styles from './Audit.module.css';

/** An event where there is no room for columns. */
export function AuditCard({ event }: { event: AuditEvent }) {
  return (
    <div className={styles['card']}>
      <strong>{event.kind}</strong>
      <span className="muted">
        {absolute(Date.parse(event.at))} · {event.actor}
      </span>
    </div>
  );
}
