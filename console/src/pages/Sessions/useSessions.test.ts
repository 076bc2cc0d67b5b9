import { describe, expect, it } from 'vitest';
import type { Session, SessionList } from '../../api/types';
import { patch } from './useSessions';

const session = (id: string, version: number, state = 'active') => ({ session_id: id, version, state }) as Session;
const pages = (...lists: Session[][]) => ({
  pages: lists.map((sessions) => ({ sessions }) as SessionList),
  pageParams: lists.map(() => null),
});

describe('a pushed change', () => {
  it('replaces the row where it stands, on any page', () => {
    const after = patch(pages([session('a', 1)], [session('b', 1)]), [session('b', 2, 'completed')]);
    expect(after.pages[1]?.sessions[0]?.state).toBe('completed');
    expect(after.pages[0]?.sessions[0]?.version).toBe(1);
  });
  it('never goes back to an older version', () => {
    const before = pages([session('a', 5, 'completed')]);
    expect(patch(before, [session('a', 4, 'active')])).toBe(before);
  });
  it('adds no row', () => {
    const before = pages([session('a', 1)]);
    expect(patch(before, [session('z', 1)])).toBe(before);
  });
});
