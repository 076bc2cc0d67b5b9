import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, body } from '../api/client';
import { live } from '../api/live';
import type { Session } from '../api/types';
import { isOver } from './states';

const POLL_MS = 20_000;

/** The session that a page carries by itself, as it stands now; `undefined` until it is known. */
export function useRunning(id: string | null): Session | undefined {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['session', id],
    enabled: id !== null,
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}', { params: { path: { id: id ?? '' } }, signal })),
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data.state) ? false : POLL_MS),
  });
  useEffect(() => {
    if (id === null) return undefined;
    const key = ['session', id];
    return live.listen({
      changed: (events) => {
        const mine = events.findLast((event) => event.session.session_id === id);
        if (mine === undefined) return;
        queries.setQueryData<Session>(key, (old) => (old !== undefined && old.version > mine.session.version ? old : mine.session));
      },
      resync: () => void queries.invalidateQueries({ queryKey: key }),
    });
  }, [id, queries]);
  return id === null ? undefined : data;
}
