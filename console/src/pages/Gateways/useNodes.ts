import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../../api/client';

/** The gateways of the organisation. */
export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  refetchInterval: 20_000,
  queryFn: ({ signal }) => body(api.GET('/v1/nodes', { signal })),
});
