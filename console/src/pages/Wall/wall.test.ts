import { describe, expect, it } from 'vitest';
import type { Session } from '../../api/types';
import { LEAVE_MS, listed, missing, moving, shown, swept, type Tile } from './wall';

const session = (id: string, state = 'active', version = 1, start = '2026-01-01T00:00:00Z') =>
  ({ session_id: id, state, version, started_at: start, created_at: start }) as Session;
const tile = (id: string, state = 'active', left: number | null = null): Tile => ({ session: session(id, state), left });
const ids = (tiles: readonly Tile[]) => tiles.map((one) => one.session.session_id);

describe('the tiles of the wall', () => {
  it('come in the order in which they started, and new ones last', () => {
    const first = listed([], [session('b', 'active', 1, '2026-01-02T00:00:00Z'), session('a')], 0);
    expect(ids(first)).toEqual(['a', 'b']);
    expect(ids(shown(first, session('c', 'active', 1, '2025-01-01T00:00:00Z'), 0))).toEqual(['a', 'b', 'c']);
  });
  it('appear for what runs only', () => {
    expect(shown([], session('a', 'connecting'), 0)).toEqual([]);
    expect(shown([], session('a', 'completed'), 0)).toEqual([]);
    expect(ids(shown([], session('a', 'locked'), 0))).toEqual(['a']);
  });
  it('say that a session has ended, and leave a moment later', () => {
    const ended = shown([tile('a'), tile('b')], session('a', 'terminated', 2), 1000);
    expect(ended[0]).toMatchObject({ left: 1000, session: { state: 'terminated' } });
    expect(ids(swept(ended, 1000 + LEAVE_MS - 1))).toEqual(['a', 'b']);
    expect(ids(swept(ended, 1000 + LEAVE_MS))).toEqual(['b']);
  });
  it('keep the moment of the end when more is said about it', () => {
    const ended = shown([tile('a')], session('a', 'terminated', 2), 1000);
    expect(shown(ended, session('a', 'terminated', 3), 5000)[0]?.left).toBe(1000);
  });
  it('stay while a session is ending, and come back to life when someone connects again', () => {
    expect(shown([tile('a')], session('a', 'ending', 2), 5)[0]?.left).toBeNull();
    expect(shown([tile('a', 'available', 3)], session('a', 'active', 2), 5)[0]?.left).toBeNull();
  });
  it('never go back to an older version', () => {
    const now = [{ session: session('a', 'locked', 5), left: null }];
    expect(shown(now, session('a', 'active', 4), 0)[0]?.session.state).toBe('locked');
  });
  it('are asked after when the list lacks them', () => {
    expect(missing([tile('a'), tile('b'), tile('c', 'completed', 1)], [session('b')])).toEqual(['a']);
  });
});

describe('which tiles move', () => {
  const all = ['a', 'b', 'c', 'd', 'e'];
  it('is those in sight first, never more than there is room for', () => {
    expect([...moving(all, new Set(['c', 'd', 'e']), new Set(), 2)]).toEqual(['c', 'd']);
  });
  it('leaves room to those that moved before', () => {
    expect(moving(all, new Set(['d']), new Set(['a', 'b']), 3)).toEqual(new Set(['d', 'a', 'b']));
    expect(moving(all, new Set(['d', 'e']), new Set(['a', 'b']), 3)).toEqual(new Set(['d', 'e', 'a']));
  });
  it('does not begin with what nobody sees', () => expect(moving(all, new Set(), new Set())).toEqual(new Set()));
  it('does not change between tiles in sight when there are too many', () => {
    expect(moving(all, new Set(all), new Set(['d', 'e']), 2)).toEqual(new Set(['d', 'e']));
  });
});
