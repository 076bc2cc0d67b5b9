import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, body } from '../api/client';
import { live } from '../api/live';

/** How many requests the person may decide now. */
export const pendingQuery = queryOptions({
  queryKey: ['approvals', 'pending'],
  refetchInterval: 60_000,
  queryFn: async ({ signal }) => (await body(api.GET('/v1/approvals', { params: { query: { decidable: 'true', limit: 1 } }, signal }))).total,
});

/** Reads everything about requests again, when somebody has asked or decided. */
export function useFreshApprovals(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const again = () => void refresh(queries);
    return live.listen({ approvals: again, resync: again });
  }, [queries]);
}

export const refresh = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey: ['approvals'] });

/** The number, kept fresh. */
export function usePending(): number {
  useFreshApprovals();
  return useQuery(pendingQuery).data ?? 0;
}
