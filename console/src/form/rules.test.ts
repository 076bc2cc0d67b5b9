import { describe, expect, it } from 'vitest';
import { blank, effectOf, reviewersOf, withEffect, withReviewers } from './rules';

describe('a rule on statements', () => {
  it('keeps what it is about when its effect changes, and has reviewers only while it holds', () => {
    const denies = { name: 'a', deny: ['ddl'], tables: ['t'], hours: '22:00-06:00' };
    const holds = withEffect(denies, 'hold');
    expect(holds).toEqual({ name: 'a', hold: ['ddl'], tables: ['t'], hours: '22:00-06:00', review: { admins: true } });
    expect([effectOf(denies), effectOf(holds)]).toEqual(['deny', 'hold']);
    expect(withEffect(holds, 'deny')).toEqual(denies);
  });

  it('is about something from the beginning', () => {
    expect([blank('statements').deny, blank('commands').deny]).toEqual([['ddl'], ['reboot']]);
  });

  it('is decided by administrators unless it names groups', () => {
    const holds = withReviewers({ hold: [], review: { admins: true, timeout_secs: 60 } }, ['dba']);
    expect(holds.review).toEqual({ timeout_secs: 60, tiers: [{ groups: ['dba'] }] });
    expect(reviewersOf(holds)).toEqual(['dba']);
    expect(withReviewers(holds, []).review).toEqual({ timeout_secs: 60, admins: true });
    expect(reviewersOf({ hold: [], review: { tiers: [{ groups: ['a'] }, { groups: ['b'] }] } })).toBeNull();
  });
});
