import type { Session } from '../../api/types';
import { bytes } from '../../format';
import type { Column } from '../../list/column';
import { reasonWords } from '../../session/states';
import { Running } from '../../session/Running';
import { StateMark } from '../../session/StateMark';
import { TypeTag } from '../../session/TypeTag';
import { Copy } from '../../ui/Copy';
import { Moment } from '../../ui/Moment';
import { Tag } from '../../ui/Tag';
import { Named } from './sections/Named';
import { RowActions } from './sections/RowActions';
import styles from './Sessions.module.css';

const none = <span className="muted">–</span>;
const text = (value: string) => (value === '' ? none : <span title={value}>{value}</span>);

/** Every column of the list; those that are hidden at first wait in the chooser. */
export const columns: Column<Session>[] = [
  { id: 'state', title: 'State', width: 138, sort: 'state', render: (s) => <StateMark state={s.state} held={s.hold !== null} /> },
  {
    id: 'user',
    title: 'User',
    width: 90,
    sort: 'user',
    grow: true,
    help: 'The person, never the account',
    render: (s) => <Named kind="user" name={s.user.name} />,
  },
  {
    id: 'resource',
    title: 'Resource',
    width: 110,
    sort: 'resource',
    grow: true,
    render: (s) => (
      <strong className={styles['resource']}>
        <Named kind="resource" name={s.resource.name} />
      </strong>
    ),
  },
  { id: 'type', title: 'Type', width: 72, sort: 'type', render: (s) => <TypeTag type={s.resource.type} engine={s.resource.engine} /> },
  { id: 'account', title: 'Account', width: 80, sort: 'account', mono: true, help: 'The login on the resource', render: (s) => text(s.account) },
  { id: 'client_ip', title: 'Client IP', width: 106, sort: 'client_ip', mono: true, render: (s) => text(s.client_ip) },
  {
    id: 'started_at',
    title: 'Start',
    width: 100,
    sort: 'started_at',
    help: 'When it began to run, not the logon',
    render: (s) => <Moment at={s.started_at} />,
  },
  {
    id: 'end',
    title: 'End',
    width: 100,
    sort: 'ended_at',
    help: 'The scheduled end until it has ended',
    render: (s) =>
      s.ended_at === null ? (
        <span className="muted" title="Scheduled end">
          <Moment at={s.expires_at} />
        </span>
      ) : (
        <Moment at={s.ended_at} />
      ),
  },
  { id: 'duration', title: 'Duration', width: 80, sort: 'duration', align: 'end', render: (s) => <Running session={s} /> },
  {
    id: 'bytes',
    title: 'Data',
    width: 76,
    sort: 'bytes_down',
    align: 'end',
    help: 'Both directions together',
    render: (s) => <span title={`${bytes(s.bytes_up)} to the resource, ${bytes(s.bytes_down)} back`}>{bytes(s.bytes_up + s.bytes_down)}</span>,
  },
  { id: 'created_at', title: 'Requested', width: 106, sort: 'created_at', hidden: true, render: (s) => <Moment at={s.created_at} /> },
  { id: 'first_logon_at', title: 'First logon', width: 106, sort: 'first_logon_at', hidden: true, render: (s) => <Moment at={s.first_logon_at} /> },
  { id: 'expires_at', title: 'Scheduled end', width: 118, sort: 'expires_at', hidden: true, render: (s) => <Moment at={s.expires_at} /> },
  { id: 'ended_at', title: 'Actual end', width: 106, sort: 'ended_at', hidden: true, render: (s) => <Moment at={s.ended_at} /> },
  { id: 'end_reason', title: 'End reason', width: 210, sort: 'end_reason', hidden: true, render: (s) => text(reasonWords(s.end_reason)) },
  { id: 'client_interface', title: 'Interface', width: 140, sort: 'client_interface', hidden: true, render: (s) => text(s.client_interface_title) },
  { id: 'gateway', title: 'Gateway', width: 110, sort: 'gateway', hidden: true, render: (s) => text(s.gateway.name) },
  { id: 'secret_name', title: 'Secret', width: 120, sort: 'secret_name', hidden: true, help: 'Name of the secret used, never its value', render: (s) => text(s.secret_name) },
  { id: 'host', title: 'Host', width: 160, hidden: true, mono: true, render: (s) => text(s.resource.host) },
  { id: 'activity', title: 'Activity', width: 140, hidden: true, help: 'What is done on the resource for it', render: (s) => (s.activity === null ? none : <Named kind="activity" name={s.activity.name} />) },
  {
    id: 'login_via',
    title: 'Logged in',
    width: 150,
    hidden: true,
    help: 'Through the gateway or past it, and when that was last looked for',
    render: (s) =>
      s.login_via === 'none' ? (
        none
      ) : (
        <span>
          {s.login_via === 'direct' ? <Tag tone="danger">past the gateway</Tag> : 'by the gateway'}
          {s.direct !== null && (
            <span className="muted">
              {' '}
              <Moment at={s.direct.checked_at} />
            </span>
          )}
        </span>
      ),
  },
  { id: 'access_rule', title: 'Access rule', width: 130, hidden: true, sort: 'access_rule', render: (s) => text(s.access_rule) },
  { id: 'profile', title: 'Profile', width: 110, hidden: true, sort: 'profile', render: (s) => text(s.profile) },
  { id: 'ticket', title: 'Ticket', width: 100, hidden: true, sort: 'ticket', render: (s) => text(s.ticket) },
  { id: 'recording', title: 'Recording', width: 104, hidden: true, sort: 'recording', render: (s) => text(s.recording.state.replaceAll('_', ' ')) },
  { id: 'bytes_up', title: 'Data up', width: 88, hidden: true, align: 'end', sort: 'bytes_up', render: (s) => bytes(s.bytes_up) },
  { id: 'bytes_down', title: 'Data down', width: 96, hidden: true, align: 'end', sort: 'bytes_down', render: (s) => bytes(s.bytes_down) },
  {
    id: 'actions',
    title: 'Do',
    untitled: true,
    width: 96,
    help: 'Copy the id, open the event log, start what is ready',
    render: (s) => <RowActions session={s} />,
  },
  {
    id: 'session_id',
    title: 'Session ID',
    width: 330,
    hidden: true,
    mono: true,
    render: (s) => (
      <span className={styles['id']}>
        {s.session_id}
        <Copy text={s.session_id} what="session ID" />
      </span>
    ),
  },
];

/** Columns of which one wants the largest first. */
export const DOWN_FIRST = new Set(['created_at', 'started_at', 'ended_at', 'expires_at', 'first_logon_at', 'duration', 'bytes', 'bytes_up', 'bytes_down']);
