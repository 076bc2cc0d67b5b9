import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, body } from '../../api/client';
import { live } from '../../api/live';

/** The first sessions of a kind, fresh: read again when something changes, and every 20 seconds without the stream. */
export function useFew(name: string, query: Record<string, string>, limit: number) {
  const queries = useQueryClient();
  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      soon ??= setTimeout(() => {
        soon = undefined;
        void queries.invalidateQueries({ queryKey: ['sessions', 'few', name] });
      }, 600);
    };
    const stop = live.listen({ changed: again, resync: again });
    return () => {
      clearTimeout(soon);
      stop();
    };
  }, [queries, name]);
  return useQuery({
    queryKey: ['sessions', 'few', name],
    refetchInterval: 20_000,
    queryFn: ({ signal }) => body(api.GET('/v1/sessions', { params: { query: { ...query, limit, count: 'capped' } }, signal })),
  });
}
