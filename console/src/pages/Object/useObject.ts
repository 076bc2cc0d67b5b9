import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '../../api/client';

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

interface Change {
  name: string;
  /** The version that was read; `null` for a new one. */
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
          headers: version === null ? {} : { 'If-Match': `"${version}"` },
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
