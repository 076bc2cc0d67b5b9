/** What rules say, in words. Pure. */
import type { PolicyChange, PolicyReplayed, PolicyTally, PolicyVerdict } from '../api/types';
import { count } from '../format';

/** How far back a draft is held against what was done. */
export const SINCE = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: '90d', label: 'Last 90 days' },
  { value: '2000-01-01', label: 'All time' },
];

export const USUAL = '30d';

/** How many of a sort the draft was held against. */
export const lookedAt = (tally: PolicyTally): number => tally.allow + tally.deny + tally.hold;

const some = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`;

/** Says how much a draft would have changed. */
export function changedText({ sessions, statements }: PolicyReplayed): string {
  const parts = [
    sessions.changed === 0 ? '' : some(sessions.changed, 'session'),
    statements.changed === 0 ? '' : some(statements.changed, 'statement'),
  ].filter((part) => part !== '');
  if (parts.length > 0) return `${parts.join(' and ')} would have gone otherwise`;
  return lookedAt(sessions) === 0 ? 'Nothing was done in this time' : 'Nothing would have gone otherwise';
}

/** Says why: the rule, and what its user reads where that says more. */
export function whyText({ rule, words }: PolicyVerdict): string {
  if (rule === '') return words;
  return words === '' || words === rule || words.includes(`\`${rule}\``) ? rule : `${rule}: ${words}`;
}

/** The rule that makes the difference: that of the draft, or the one that it does away with. */
export function becauseText({ before, after }: PolicyChange): string {
  const now = whyText(after);
  if (now !== '') return now;
  return before.rule === '' ? '' : `no longer ${before.rule}`;
}

/** What a draft would do to something: refuse it, let it wait for reviewers, or allow it. */
export type Turn = 'deny' | 'hold' | 'allow';

export const TURNS: Record<Turn, string> = { deny: 'Refused anew', hold: 'Held anew', allow: 'Allowed anew' };

export const turnOf = ({ after }: PolicyChange): Turn => (after.effect === 'deny' || after.effect === 'allow' ? after.effect : 'hold');
