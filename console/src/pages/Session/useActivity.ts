import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, body } from '../../api/client';
import type { ActivityEntry } from '../../api/types';

const PAGE = 500;

/** What the user did, in order; grows by itself while the session runs. */
export function useActivity(id: string, { text = '', kind = '', follow }: { text?: string; kind?: string; follow: () => boolean }) {
  const query = useInfiniteQuery({
    queryKey: ['activity', id, text, kind],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET('/v1/sessions/{id}/activity', {
          params: {
            path: { id },
            query: {
              limit: PAGE,
              ...(pageParam === null ? {} : { cursor: pageParam }),
              ...(text === '' ? {} : { text }),
              ...(kind === '' ? {} : { kind }),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => (follow() ? 3000 : false),
  });
  const entries = useMemo<ActivityEntry[]>(() => query.data?.pages.flatMap((page) => page.entries) ?? [], [query.data]);
  return { ...query, entries };
}

/** The entry that was the latest at a moment of the recording; -1 before the first. */
export function entryAt(entries: readonly ActivityEntry[], real: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.t_ms ?? 0) <= real) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
