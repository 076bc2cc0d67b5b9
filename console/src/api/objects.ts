import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { StoredObject } from './types';

/** All objects of one kind. */
export const objectsQuery = (kind: string) =>
  queryOptions({
    queryKey: ['objects', kind],
    queryFn: async ({ signal }): Promise<StoredObject[]> =>
      (await body(api.GET('/v1/objects/{kind}', { params: { path: { kind } }, signal }))).objects,
  });

export const resourceTypesQuery = queryOptions({
  queryKey: ['resource-types'],
  staleTime: Infinity,
  queryFn: () => body(api.GET('/v1/resource-types')),
});
