/** What is said of requests, in words. Pure. */
import type { Approval } from '../api/types';

/** Names a request: who, for what. */
export function askText(approval: Approval): string {
  const as = approval.account === '' ? '' : ` as ${approval.account}`;
  return `${approval.requester.name} on ${approval.resource.name}${as}`;
}

/** Writes a length of time in words. */
export function spanText(secs: number): string {
  if (secs <= 0) return 'one connection';
  if (secs % 86_400 === 0) return many(secs / 86_400, 'day');
  if (secs % 3600 === 0) return many(secs / 3600, 'hour');
  if (secs % 60 === 0) return many(secs / 60, 'minute');
  return many(secs, 'second');
}

const many = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** Says who is waited for, or who has decided. */
export function whoText(approval: Approval): string {
  if (approval.state === 'pending') return approval.waits_for;
  if (approval.break_glass) return 'nobody was asked';
  const last = approval.votes.at(-1);
  if (last === undefined) return '';
  return last.comment === '' ? last.by : `${last.by}: ${last.comment}`;
}
