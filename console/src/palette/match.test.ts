import { expect, it } from 'vitest';
import { find } from './match';

const all = [{ title: 'Audit log' }, { title: 'web-audit' }, { title: 'Sessions', words: 'audit recordings' }, { title: 'audit' }, { title: 'Users' }];
const titles = (text: string) => find(all, text, 10).map((one) => one.title);

it('the closest comes first, and every word must occur', () => {
  expect(titles('audit')).toEqual(['audit', 'Audit log', 'web-audit', 'Sessions']);
  expect(titles('log au')).toEqual(['Audit log']);
  expect(titles('nothing')).toEqual([]);
  expect(titles('cordings')).toEqual([]);
});
it('a word with hyphens is found whole and by its parts', () => {
  const one = [{ title: 'Approvals', words: 'access just-in-time' }];
  for (const text of ['just-in-time', 'just-in', 'time', 'access time']) expect(find(one, text, 10)).toHaveLength(1);
  expect(find(one, 'in-time', 10)).toHaveLength(0);
});
it('without a word everything is there, in its own order', () => expect(titles('')).toHaveLength(5));
