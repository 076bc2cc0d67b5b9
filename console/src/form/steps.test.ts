import { describe, expect, it } from 'vitest';
import { AFTER, BEFORE, blank, wordsOf } from './steps';

describe('a step of an activity', () => {
  it('says nothing that its kind does not ask', () => {
    expect([...BEFORE, ...AFTER].map(({ value }) => Object.keys(blank(value)))).toEqual([['do'], ['do', 'group'], ['do', 'privileges', 'on'], ['do', 'command'], ['do'], ['do', 'command']]);
  });

  it('is said in few words', () => {
    const steps = [{ do: 'create_account' }, { do: 'join_group', group: 'dba' }, { do: 'grant', privileges: ['select', 'insert'], on: 'tables public' }, { do: 'run', command: 'true' }];
    expect(steps.map(wordsOf)).toEqual(['make an account for the session', 'group dba', 'select, insert on tables public', 'run true']);
  });
});
