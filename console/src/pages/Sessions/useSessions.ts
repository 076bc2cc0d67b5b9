import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import { syncClock } from '../../api/clock';
import { live, type LiveState } from '../../api/live';
import type { Session, SessionList } from '../../api/types';
import { toQuery, type Filters } from './filters';

/** Rows in the first answer, which everybody waits for, and in those that come while one scrolls. */
const FIRST = 75;
const PAGE = 150;
const POLL_MS = 20_000;

type Pages = InfiniteData<SessionList, string | null>;

async function readPage(filters: Filters, cursor: string | null, signal: AbortSignal): Promise<SessionList> {
  const query = { ...toQuery(filters), limit: cursor === null ? FIRST : PAGE, count: 'capped', ...(cursor === null ? {} : { cursor }) };
  const page = await body(api.GET('/v1/sessions', { params: { query }, signal }));
  syncClock(Date.parse(page.as_of), 0);
  return page;
}

/** Puts newer versions of known rows in their places; rows never move and never vanish by this. */
export function patch(pages: Pages, changed: readonly Session[]): Pages {
  const news = new Map(changed.map((session) => [session.session_id, session]));
  let touched = false;
  const next = pages.pages.map((page) => {
    if (!page.sessions.some((session) => news.has(session.session_id))) return page;
    const sessions = page.sessions.map((session) => {
      const newer = news.get(session.session_id);
      if (newer === undefined || newer.version < session.version) return session;
      touched = true;
      return newer;
    });
    return { ...page, sessions };
  });
  return touched ? { ...pages, pages: next } : pages;
}

/**
 * The sessions that match the filters, kept fresh: pushed changes go into the rows in sight, rows that are not there yet are
 * counted in `fresh` until the reader asks for them, and without the stream the list asks every 20 seconds.
 */
export function useSessions(filters: Filters) {
  const queries = useQueryClient();
  const key = useMemo(() => ['sessions', 'list', filters] as const, [filters]);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(() => new Set());
  const [state, setState] = useState<LiveState>(live.state);
  /** New rows may come in at once: the reader stands at the top and holds on to nothing. */
  const relaxed = useRef<() => boolean>(() => false);

  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readPage(filters, pageParam, signal),
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
    staleTime: 5000,
  });
  const { refetch } = list;

  const refresh = useCallback(async () => {
    await refetch();
    setFresh(new Set());
  }, [refetch]);

  /** Reads the first page only: newer versions go in place, unknown rows are counted. */
  const look = useCallback(async () => {
    const page = await readPage(filters, null, AbortSignal.timeout(15_000)).catch(() => null);
    const now = queries.getQueryData<Pages>(key);
    if (page === null || now === undefined) return;
    const known = new Set(now.pages.flatMap((one) => one.sessions.map((session) => session.session_id)));
    const news = page.sessions.filter((session) => !known.has(session.session_id)).map((session) => session.session_id);
    if (news.length > 0 && relaxed.current() && now.pages.length === 1) {
      queries.setQueryData<Pages>(key, { ...now, pages: [page] });
      setFresh(new Set());
      return;
    }
    queries.setQueryData<Pages>(key, (old) => {
      if (old === undefined) return old;
      const patched = patch(old, page.sessions);
      const [first, ...rest] = patched.pages;
      if (first === undefined) return patched;
      const { total, total_is_capped, as_of } = page;
      return { ...patched, pages: [{ ...first, total, total_is_capped, as_of }, ...rest] };
    });
    setFresh(new Set(news));
  }, [filters, key, queries]);

  useEffect(() => setFresh(new Set()), [key]);

  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const lookSoon = () => {
      if (soon !== undefined) return;
      soon = setTimeout(() => {
        soon = undefined;
        void look();
      }, 600);
    };
    setState(live.state);
    const stop = live.listen({
      changed: (events) => {
        const sessions = events.map((event) => event.session);
        const now = queries.getQueryData<Pages>(key);
        if (now === undefined) return;
        const known = new Set(now.pages.flatMap((page) => page.sessions.map((session) => session.session_id)));
        queries.setQueriesData<Pages>({ queryKey: ['sessions', 'list'] }, (old) => (old === undefined ? old : patch(old, sessions)));
        if (sessions.some((session) => !known.has(session.session_id))) lookSoon();
      },
      resync: () => void look(),
      state: (next) => {
        setState((before) => {
          if (before === 'paused' && next !== 'paused') void look();
          return next;
        });
      },
    });
    return () => {
      clearTimeout(soon);
      stop();
    };
  }, [key, look, queries]);

  useEffect(() => {
    if (state !== 'waiting') return;
    const timer = setInterval(() => void look(), POLL_MS);
    return () => clearInterval(timer);
  }, [state, look]);

  const rows = useMemo(() => {
    const seen = new Set<string>();
    const all: Session[] = [];
    for (const page of list.data?.pages ?? []) {
      for (const session of page.sessions) {
        if (seen.has(session.session_id)) continue;
        seen.add(session.session_id);
        all.push(session);
      }
    }
    return all;
  }, [list.data]);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const first = list.data?.pages[0];
  return {
    rows,
    fresh: fresh.size,
    state,
    relaxed,
    total: first?.total ?? null,
    capped: first?.total_is_capped ?? false,
    asOf: first?.as_of ?? null,
    loading: list.isPending,
    refreshing: list.isRefetching,
    error: list.error,
    more,
    refresh,
  };
}
