import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { useStored } from '../ui/useStored';

/** What the person may reach. */
export const reachQuery = queryOptions({
  queryKey: ['connect'],
  queryFn: async ({ signal }) => (await body(api.GET('/v1/connect', { signal }))).resources,
});

/** Resources that the person wants first; kept in this browser. */
export function useFavourites(person: string) {
  const [names, set] = useStored<string[]>(`favourites.${person}`, []);
  return {
    has: (name: string) => names.includes(name),
    toggle: (name: string) => set((old) => (old.includes(name) ? old.filter((one) => one !== name) : [...old, name])),
  };
}

export type Favourites = ReturnType<typeof useFavourites>;
