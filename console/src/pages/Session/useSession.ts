import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { api, body } from '../../api/client';
import { live } from '../../api/live';
import { Problem } from '../../api/problem';
import type { Session } from '../../api/types';
import { isOver, isRunning } from '../../session/states';

const sessionKey = (id: string) => ['session', id] as const;

/** How long until the server is asked again: its counters tick, and a recording takes a moment to be sealed. */
function pollMs(session: Session | undefined): number | false {
  if (session === undefined) return false;
  if (!isOver(session.state)) return isRunning(session.state) ? 2000 : 5000;
  return session.recording.state === 'finalising' || session.recording.state === 'recording' ? 2000 : false;
}

/** What could be seen before is not there any more, or not for this person. */
export const isLost = (error: unknown): boolean => error !== null && Problem.of(error).status === 404;

/** Lists and the stream leave the requests of a session out: those that are known stay. */
function withApprovals(session: Session, old: Session | undefined): Session {
  if (session.review === null || session.review.approvals.length > 0 || old?.review == null) return session;
  return { ...session, review: { ...session.review, approvals: old.review.approvals } };
}

/** One session, kept fresh. */
export function useSession(id: string) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: sessionKey(id),
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (isLost(state.error) ? false : pollMs(state.data)),
    retry: false,
  });
  const put = useCallback(
    (session: Session) => {
      queries.setQueryData<Session>(sessionKey(id), (old) => (old !== undefined && old.version > session.version ? old : withApprovals(session, old)));
    },
    [queries, id],
  );
  const full = query.data?.session_id;
  const stands = `${query.data?.version} ${query.data?.recording.state}`;
  // A step of the session is also a line in its logs, and its end may bring the last of what was done in it.
  useEffect(() => {
    if (full === undefined) return;
    for (const part of ['activity', 'files', 'timeline', 'log']) void queries.invalidateQueries({ queryKey: [part, full] });
  }, [queries, full, stands]);
  useEffect(() => {
    if (full === undefined) return undefined;
    return live.listen({
      changed: (events) => {
        const mine = events.findLast((event) => event.session.session_id === full);
        if (mine !== undefined) put(mine.session);
      },
      approvals: ({ approval }) => {
        if (approval.session_id === full) void queries.invalidateQueries({ queryKey: sessionKey(id) });
      },
      resync: () => void queries.invalidateQueries({ queryKey: sessionKey(id) }),
    });
  }, [full, id, put, queries]);
  return { ...query, put };
}
