import { ApprovalMark } from '../../approval/ApprovalMark';
import { DecideButtons } from '../../approval/DecideButtons';
import { spanText, whoText } from '../../approval/words';
import type { Approval } from '../../api/types';
import type { Column } from '../../list/column';
import { Moment } from '../../ui/Moment';
import styles from './Approvals.module.css';

const none = <span className="muted">–</span>;
const said = (value: string) => (value === '' ? none : <span title={value}>{value}</span>);

const Decide = ({ approval }: { approval: Approval }) => (
  <span className={styles['decide']}>
    <DecideButtons approvals={[approval]} small />
  </span>
);

export const columns: Column<Approval>[] = [
  { id: 'state', title: 'State', width: 86, render: (one) => <ApprovalMark approval={one} /> },
  { id: 'user', title: 'Asked by', width: 84, render: (one) => said(one.requester.name) },
  {
    id: 'resource',
    title: 'For',
    width: 180,
    grow: true,
    render: (one) => (
      <span title={one.content === '' ? one.resource.name : one.content}>
        <strong>{one.resource.name}</strong>
        {one.account !== '' && ` as ${one.account}`}
        {one.content !== '' && <code> {one.content}</code>}
      </span>
    ),
  },
  {
    id: 'reason',
    title: 'Reason',
    width: 140,
    grow: true,
    help: 'Behind its ticket, where there is one',
    render: (one) => said([one.ticket, one.reason].filter((text) => text !== '').join(' · ')),
  },
  { id: 'ticket', title: 'Ticket', width: 92, hidden: true, render: (one) => said(one.ticket) },
  { id: 'lasts', title: 'How long', width: 76, render: (one) => (one.kind === 'session' ? spanText(one.lasts_secs) : none) },
  { id: 'starts_at', title: 'Begins', width: 110, hidden: true, render: (one) => <Moment at={one.starts_at} none="at once" /> },
  { id: 'created_at', title: 'Asked', width: 74, render: (one) => <Moment at={one.created_at} /> },
  { id: 'deadline', title: 'Deadline', width: 76, render: (one) => (one.state === 'pending' ? <Moment at={one.deadline} /> : none) },
  { id: 'who', title: 'Reviewers', help: 'Whom it waits for, or who has decided', width: 120, grow: true, render: (one) => said(whoText(one)) },
  { id: 'rule', title: 'Rule', width: 110, hidden: true, render: (one) => said(one.rule) },
  { id: 'actions', title: 'Decide', width: 186, render: (one) => (one.authorized_actions.includes('deny') ? <Decide approval={one} /> : none) },
];
