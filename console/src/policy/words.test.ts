import { describe, expect, it } from 'vitest';
import type { PolicyChange, PolicyReplayed, PolicyTally } from '../api/types';
import { becauseText, changedText, turnOf, whyText } from './words';

const tally = (part: Partial<PolicyTally> = {}): PolicyTally => ({ allow: 0, deny: 0, hold: 0, changed: 0, ...part });
const answer = (sessions: Partial<PolicyTally>, statements: Partial<PolicyTally> = {}): PolicyReplayed => ({ sessions: tally(sessions), statements: tally(statements), changes: [], cut: false });
const change = (before: [string, string], after: [string, string, string?]): PolicyChange => ({
  at: '2026-01-01T00:00:00Z',
  session_id: 's',
  seq: 1,
  user: 'ana',
  resource: 'db',
  statement: 'DROP TABLE t',
  before: { effect: before[0], rule: before[1], words: '' },
  after: { effect: after[0], rule: after[1], words: after[2] ?? '' },
  link: '/sessions/s/replay?t=1ms',
});

describe('what a draft would have changed', () => {
  it('is counted in words', () => {
    expect(changedText(answer({ allow: 3, changed: 1 }, { deny: 1200, changed: 1200 }))).toBe(`1 session and ${(1200).toLocaleString()} statements would have gone otherwise`);
    expect(changedText(answer({ allow: 3 }, { deny: 1, changed: 1 }))).toBe('1 statement would have gone otherwise');
    expect(changedText(answer({ allow: 3 }))).toBe('Nothing would have gone otherwise');
    expect(changedText(answer({}))).toBe('Nothing was done in this time');
  });
  it('is told with the rule that makes the difference', () => {
    expect(becauseText(change(['allow', ''], ['deny', 'no ddl', 'ask the owners']))).toBe('no ddl: ask the owners');
    expect(becauseText(change(['deny', 'no ddl'], ['allow', '']))).toBe('no longer no ddl');
    expect(becauseText(change(['allow', ''], ['allow', '']))).toBe('');
  });
  it('waits for reviewers before a session as well as before a statement', () => {
    expect([change(['allow', ''], ['review', 'a']), change(['allow', ''], ['hold', 'b']), change(['hold', 'b'], ['deny', 'c']), change(['deny', 'c'], ['allow', ''])].map(turnOf)).toEqual(['hold', 'hold', 'deny', 'allow']);
  });
});

describe('why', () => {
  it.each([
    ['no ddl', '', 'no ddl'],
    ['no ddl', 'no ddl', 'no ddl'],
    ['no ddl', 'ask the owners', 'no ddl: ask the owners'],
    ['nights', 'access rule `nights` denies `db`', 'nights'],
    ['', 'no resource `db` that you may use', 'no resource `db` that you may use'],
  ])('of rule %j with words %j', (rule, words, said) => expect(whyText({ effect: 'deny', rule, words })).toBe(said));
});
