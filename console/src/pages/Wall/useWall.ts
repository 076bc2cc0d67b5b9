import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, body } from '../../api/client';
import { serverNow, syncClock } from '../../api/clock';
import { live } from '../../api/live';
import type { Session, SessionList } from '../../api/types';
import { listed, missing, shown, swept, type Tile } from './wall';

/** How many sessions a wall shows; of more, the newest. */
const MOST = 100;
/** Counters tick with the list; changes of state are pushed. */
const POLL_MS = 5000;
const SWEEP_MS = 1000;

/** The sessions that run, as tiles: each change of one in its place, new ones at the end, ended ones until they leave. */
export function useWall() {
  const queries = useQueryClient();
  const [tiles, setTiles] = useState<Tile[]>([]);
  const list = useQuery({
    queryKey: ['sessions', 'wall'],
    queryFn: async ({ signal }): Promise<SessionList> => {
      const query = { status: 'connected', sort: 'started_at:desc', limit: MOST, count: 'capped' };
      const page = await body(api.GET('/v1/sessions', { params: { query }, signal }));
      syncClock(Date.parse(page.as_of), 0);
      return page;
    },
    refetchInterval: POLL_MS,
    staleTime: 0,
  });
  const { data } = list;

  useEffect(() => {
    if (data === undefined) return;
    setTiles((old) => {
      // Those that fell out of the list have ended, or there are too many: the session itself says which.
      for (const id of missing(old, data.sessions)) {
        void body(api.GET('/v1/sessions/{id}', { params: { path: { id } } }))
          .then((session: Session) => setTiles((now) => shown(now, session, serverNow())))
          .catch(() => setTiles((now) => now.filter((tile) => tile.session.session_id !== id)));
      }
      return listed(old, data.sessions, serverNow());
    });
  }, [data]);

  useEffect(
    () =>
      live.listen({
        changed: (events) => setTiles((old) => events.reduce((tiles, event) => shown(tiles, event.session, serverNow()), old)),
        resync: () => void queries.invalidateQueries({ queryKey: ['sessions', 'wall'] }),
      }),
    [queries],
  );

  const leaving = tiles.some((tile) => tile.left !== null);
  useEffect(() => {
    if (!leaving) return undefined;
    const timer = setInterval(() => setTiles((old) => swept(old, serverNow())), SWEEP_MS);
    return () => clearInterval(timer);
  }, [leaving]);

  return {
    tiles,
    put: (session: Session) => setTiles((old) => shown(old, session, serverNow())),
    /** Running, also those beyond what fits. */
    total: Math.max(data?.total ?? 0, tiles.filter((tile) => tile.left === null).length),
    loading: list.isPending,
    error: list.data === undefined ? list.error : null,
    retry: () => void list.refetch(),
  };
}
