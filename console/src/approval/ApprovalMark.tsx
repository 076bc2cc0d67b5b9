import type { Approval } from '../api/types';
import { Tag, type TagTone } from '../ui/Tag';

const looks: Record<string, { word: string; tone: TagTone; help: string }> = {
  pending: { word: 'waiting', tone: 'warn', help: 'Not decided yet' },
  approved: { word: 'approved', tone: 'ok', help: 'All who had to have agreed' },
  rejected: { word: 'denied', tone: 'danger', help: 'A reviewer said no' },
  expired: { word: 'expired', tone: 'plain', help: 'Nobody decided in time' },
  revoked: { word: 'withdrawn', tone: 'plain', help: 'Taken back, or its session has ended' },
  error: { word: 'no reviewers', tone: 'danger', help: 'There was nobody who could decide' },
};

/** Where a request stands, in a word. */
export function ApprovalMark({ approval }: { approval: Approval }) {
  if (approval.break_glass) return <Tag tone="danger">glass broken</Tag>;
  const look = looks[approval.state] ?? { word: approval.state, tone: 'plain', help: '' };
  return (
    <span title={look.help}>
      <Tag tone={look.tone}>{look.word}</Tag>
    </span>
  );
}
