import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import type { SavedView } from '../../api/types';
import type { Filters } from './filters';

const key = ['views', 'sessions'];

/** Filters as they are kept: the query string of the page, in one order, so that equal filters are equal texts. */
export function writeView(filters: Filters): string {
  return new URLSearchParams(Object.entries(filters).toSorted(([a], [b]) => a.localeCompare(b))).toString();
}

export const readView = (query: string): Filters => Object.fromEntries(new URLSearchParams(query));

/** The saved views of the list: one's own, and those that everybody has. */
export function useViews() {
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: key,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<SavedView[]> => (await body(api.GET('/v1/views', { params: { query: { page: 'sessions' } }, signal }))).views,
  });
  const again = () => queries.invalidateQueries({ queryKey: key });
  const save = useMutation({
    mutationFn: ({ name, filters, shared }: { name: string; filters: Filters; shared: boolean }) =>
      body(api.PUT('/v1/views/{page}/{name}', { params: { path: { page: 'sessions', name } }, body: { query: writeView(filters), shared } })),
    onSuccess: again,
  });
  const remove = useMutation({
    mutationFn: ({ name, shared }: SavedView) =>
      body(api.DELETE('/v1/views/{page}/{name}', { params: { path: { page: 'sessions', name }, query: shared ? { shared: 'true' } : {} } })),
    onSuccess: again,
  });
  return { views: list.data ?? [], error: list.error, save, remove };
}
