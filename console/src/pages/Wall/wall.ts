import type { Session } from '../../api/types';
import { isRunning } from '../../session/states';

/** One place on the wall. */
export interface Tile {
  session: Session;
  /** When nobody was connected any more, in milliseconds; it leaves a moment later. */
  left: number | null;
}

/** How long an ended session says so before its tile leaves. */
export const LEAVE_MS = 8000;

/** How many tiles move at the same time. */
export const MOST_MOVING = 16;

const startOf = (session: Session): string => session.started_at ?? session.created_at ?? '';

/** Shows a session as it is now. New ones come last, so that no tile moves under the pointer. */
export function shown(tiles: readonly Tile[], session: Session, now: number): Tile[] {
  const at = tiles.findIndex((tile) => tile.session.session_id === session.session_id);
  const old = tiles[at];
  if (old === undefined) return isRunning(session.state) ? [...tiles, { session, left: null }] : [...tiles];
  if (old.session.version > session.version) return [...tiles];
  // `ending` is still somebody's session; whatever else is not running has been left.
  const left = isRunning(session.state) || session.state === 'ending' ? null : (old.left ?? now);
  return tiles.with(at, { session, left });
}

/** Takes the list of what runs: newer versions go in place, unknown ones come in the order in which they started. */
export function listed(tiles: readonly Tile[], running: readonly Session[], now: number): Tile[] {
  const inOrder = running.toSorted((a, b) => startOf(a).localeCompare(startOf(b)));
  return inOrder.reduce<Tile[]>((all, session) => shown(all, session, now), [...tiles]);
}

/** Tiles that the list of what runs does not have any more, though nothing was said about them. */
export function missing(tiles: readonly Tile[], running: readonly Session[]): string[] {
  const known = new Set(running.map((session) => session.session_id));
  return tiles.filter((tile) => tile.left === null && !known.has(tile.session.session_id)).map((tile) => tile.session.session_id);
}

/** Lets those go that ended a moment ago. */
export function swept(tiles: readonly Tile[], now: number): Tile[] {
  return tiles.filter((tile) => tile.left === null || now - tile.left < LEAVE_MS);
}

/**
 * Which tiles move: those in sight first, in their order; what room is left is for those that moved before, so that
 * scrolling there and back does not join anew.
 */
export function moving(ids: readonly string[], inSight: ReadonlySet<string>, before: ReadonlySet<string>, most = MOST_MOVING): Set<string> {
  const chosen = new Set<string>();
  const take = (wanted: (id: string) => boolean) => {
    for (const id of ids) {
      if (chosen.size >= most) return;
      if (wanted(id)) chosen.add(id);
    }
  };
  take((id) => inSight.has(id) && before.has(id));
  take((id) => inSight.has(id));
  take((id) => before.has(id));
  return chosen;
}

/** What a session can show on the wall. */
export function hasPicture(session: Session): boolean {
  return hasScreen(session) && session.authorized_actions.includes('watch');
}

/** Whether there is a screen at all: plain connections and databases have counters in its place. */
export function hasScreen(session: Session): boolean {
  return session.medium !== 'raw' && session.medium !== 'statements';
}
