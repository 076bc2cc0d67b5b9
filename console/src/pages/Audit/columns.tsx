import type { AuditEvent } from '../../api/types';
import type { Column } from '../../list/column';
import { absolute, stamp } from '../../format';
import { changesText } from './changes';
import styles from './Audit.module.css';

const none = <span className="muted">–</span>;
const said = (value: string | null) => (value === null || value === '' ? none : <span title={value}>{value}</span>);

export const columns: Column<AuditEvent>[] = [
  { id: 'seq', title: 'No.', width: 74, align: 'end', render: (event) => <span className="muted">{event.seq}</span> },
  { id: 'at', title: 'Time', width: 148, render: (event) => <time dateTime={event.at} title={absolute(Date.parse(event.at))}>{stamp(Date.parse(event.at))}</time> },
  { id: 'kind', title: 'Event', width: 184, render: (event) => <strong className={styles['kind']}>{event.kind}</strong> },
  { id: 'actor', title: 'Actor', width: 110, render: (event) => said(event.actor) },
  { id: 'object', title: 'Object', width: 150, render: (event) => said(event.object) },
  {
    id: 'session',
    title: 'Session',
    width: 100,
    mono: true,
    render: (event) =>
      event.session_id === null ? none : (
        <a href={`/sessions/${event.session_id}`} title={event.session_id} tabIndex={-1}>
          {event.session_id.slice(0, 8)}
        </a>
      ),
  },
  { id: 'client_ip', title: 'Client IP', width: 120, mono: true, render: (event) => said(event.client_ip) },
  { id: 'changes', title: 'Changes', width: 200, grow: true, render: (event) => said(changesText(event)) },
  { id: 'hash', title: 'Hash', width: 160, mono: true, hidden: true, render: (event) => said(event.hash) },
];
