import { expect, it } from 'vitest';
import type { ActivityEntry } from '../../api/types';
import { entryAt } from './useActivity';

const entries = [0, 4000, 4000, 9000].map((t_ms) => ({ t_ms }) as ActivityEntry);

it.each([
  [-1, -1],
  [0, 0],
  [3999, 0],
  [4000, 2],
  [8999, 2],
  [1e9, 3],
])('at %d ms the entry is number %d', (real, index) => expect(entryAt(entries, real)).toBe(index));

it('there is none in an empty log', () => expect(entryAt([], 5)).toBe(-1));
