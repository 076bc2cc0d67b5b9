import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import { objectsQuery } from '../../api/objects';
import { naming, namingKinds } from '../../object/references';

/** One object by its kind and name. */
export function useObject(kind: string, name: string) {
  return useQuery({
    queryKey: ['object', kind, name],
    // Someone types into what this gave: it must not change under the hands.
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
    queryFn: ({ signal }) => body(api.GET('/v1/objects/{kind}/{name}', { params: { path: { kind, name } }, signal })),
  });
}

/** The objects that name this one, which keep it from being removed; `undefined` until that is known. */
export function useNaming(kind: string, name: string, enabled: boolean) {
  const lists = useQueries({ queries: namingKinds(kind).map((one) => ({ ...objectsQuery(one), staleTime: 0, enabled })) });
  if (lists.some((list) => list.data === undefined || list.isFetching)) return undefined;
  return naming(kind, name, lists.flatMap((list) => list.data ?? []));
}

interface Change {
  name: string;
  /** The version that was read; `null` for a new one, which must not be there yet. */
  version: number | null;
  spec: Record<string, unknown>;
}

/** Writes an object. The server refuses when someone else has changed it in the meantime. */
export function useSaveObject(kind: string, onSaved: (object: { name: string }) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, version, spec }: Change) =>
      body(
        api.PUT('/v1/objects/{kind}/{name}', {
          params: { path: { kind, name } },
          headers: { 'If-Match': `"${version ?? 0}"` },
          body: { spec },
        }),
      ),
    onSuccess: async (object) => {
      await queries.invalidateQueries({ queryKey: ['objects', kind] });
      onSaved(object);
    },
  });
}

/** Removes an object. */
export function useRemoveObject(kind: string, onRemoved: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, version }: { name: string; version: number }) =>
      api.DELETE('/v1/objects/{kind}/{name}', {
        params: { path: { kind, name } },
        headers: { 'If-Match': `"${version}"` },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['objects', kind] });
      onRemoved();
    },
  });
}
