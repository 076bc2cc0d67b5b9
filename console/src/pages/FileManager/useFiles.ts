import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { closeFiles, closeFilesOnLeave, listFolder, openFiles, stillOpen, type FileLine } from '../../api/portal';
import { Problem } from '../../api/problem';

/** The gateway ends a session that is not used for five minutes. */
const PING_MS = 60_000;

/** `asks`: the resource wants a password that the gateway does not have. */
export type Opening = { state: 'opening' } | { state: 'asks'; problem: Problem } | { state: 'failed'; problem: Problem } | { state: 'open' } | { state: 'ended'; words: string };

/** A session on the files of a resource: how it stands, and the ways to open and end it. */
export function useFileSession(resource: string, account: string) {
  const [opening, setOpening] = useState<Opening>({ state: 'opening' });
  const [session, setSession] = useState<{ id: string; home: string } | null>(null);
  const current = useRef<string | null>(null);

  const open = useCallback(
    async (secret?: string) => {
      setOpening({ state: 'opening' });
      try {
        const opened = await openFiles({
          resource,
          ...(account === '' ? {} : { account }),
          ...(secret === undefined ? {} : { secret }),
        });
        current.current = opened.session;
        setSession({ id: opened.session, home: opened.home });
        setOpening({ state: 'open' });
        return true;
      } catch (thrown) {
        const problem = Problem.of(thrown);
        setOpening({ state: problem.code === 'secret_needed' || problem.code === 'wrong_secret' ? 'asks' : 'failed', problem });
        return false;
      }
    },
    [resource, account],
  );

  const over = useCallback((words: string) => {
    current.current = null;
    setOpening((old) => (old.state === 'open' ? { state: 'ended', words } : old));
  }, []);

  const disconnect = useCallback(() => {
    const id = current.current;
    over('You disconnected');
    // When it has ended already there is nothing left to end.
    if (id !== null) void closeFiles(id).catch(() => {});
  }, [over]);

  /** What was refused because the session has ended ends the page as well. */
  const heard = useCallback(
    (thrown: unknown): Problem => {
      const problem = Problem.of(thrown);
      if (problem.status === 410) over(problem.message);
      return problem;
    },
    [over],
  );

  // Opened once: a second one would be a second session.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void open();
  }, [open]);

  useEffect(() => {
    const leave = () => {
      if (current.current !== null) closeFilesOnLeave(current.current);
      current.current = null;
    };
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, []);

  const id = session?.id ?? null;
  const isOpen = opening.state === 'open';
  useEffect(() => {
    if (id === null || !isOpen) return undefined;
    const timer = setInterval(() => void stillOpen(id).catch(heard), PING_MS);
    return () => clearInterval(timer);
  }, [id, isOpen, heard]);

  return { opening, session, open, over, disconnect, heard };
}

/** What is in a folder, all of it, part by part. */
export function useFolder(session: string | null, path: string | null) {
  const queries = useQueryClient();
  const key = useMemo(() => ['portal-files', session, path] as const, [session, path]);
  const query = useInfiniteQuery({
    queryKey: key,
    enabled: session !== null && path !== null,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listFolder(session ?? '', path ?? '', pageParam, signal),
    getNextPageParam: (page) => page.next ?? null,
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: 0,
    gcTime: 60_000,
  });
  const { hasNextPage, isFetching, fetchNextPage, data } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const entries = useMemo<FileLine[]>(() => data?.pages.flatMap((page) => page.entries) ?? [], [data]);
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: key }), [queries, key]);
  return { entries, path: data?.pages[0]?.path ?? path, loading: query.isPending, more: hasNextPage, error: query.error, refresh };
}
