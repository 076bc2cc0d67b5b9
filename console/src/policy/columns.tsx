import type { PolicyChange } from '../api/types';
import { absolute, stamp } from '../format';
import type { Column } from '../list/column';
import { becauseText } from './words';
import { Verdict } from './Verdict';

const said = (text: string) => (text === '' ? <span className="muted">–</span> : <span title={text}>{text}</span>);

export const What = ({ change }: { change: PolicyChange }) =>
  change.seq === null ? <span className="muted">the session itself</span> : <code title={change.statement}>{change.statement}</code>;

export const columns: Column<PolicyChange>[] = [
  { id: 'at', title: 'Time', width: 148, render: ({ at }) => <time dateTime={at} title={absolute(Date.parse(at))}>{stamp(Date.parse(at))}</time> },
  { id: 'before', title: 'Was', width: 96, render: ({ before }) => <Verdict verdict={before} /> },
  { id: 'after', title: 'Would be', width: 96, render: ({ after }) => <Verdict verdict={after} /> },
  { id: 'user', title: 'User', width: 110, render: ({ user }) => said(user) },
  { id: 'resource', title: 'Resource', width: 130, render: ({ resource }) => said(resource) },
  { id: 'statement', title: 'Statement', width: 200, grow: true, render: (change) => <What change={change} /> },
  { id: 'why', title: 'Rule', width: 160, grow: true, render: (change) => said(becauseText(change)) },
];
