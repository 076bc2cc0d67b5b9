import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '../api/client';

const key = (session: string) => ['shares', session] as const;

export interface ShareForm {
  users: string[];
  groups: string[];
  note: string;
  lasts: number;
}

/** With whom a session is shared. */
export function useShares(session: string) {
  return useQuery({ queryKey: key(session), queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/shares', { params: { path: { id: session } }, signal })) });
}

/** Shares a session, and takes a share back. */
export function useSharing(session: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: key(session) });
  const share = useMutation({
    mutationFn: ({ users, groups, note, lasts }: ShareForm) =>
      body(api.POST('/v1/sessions/{id}/shares', { params: { path: { id: session } }, body: { users, groups, note, expires_in_secs: lasts } })),
    onSuccess,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => body(api.DELETE('/v1/sessions/{id}/shares/{share}', { params: { path: { id: session, share: id } } })),
    onSuccess,
  });
  return { share, revoke };
}
