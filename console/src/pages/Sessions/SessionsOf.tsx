import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Filters } from './filters';
import { SessionList } from './Sessions';

/** The sessions that belong to something, on a tab of its page: the same list with a filter that stays. */
export function SessionsOf({ fixed }: { fixed: Filters }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Filters;
  const { tab, filters } = useMemo(() => {
    const { tab = '', ...chosen } = search;
    return { tab, filters: Object.fromEntries(Object.entries(chosen).filter(([key]) => !(key in fixed))) };
  }, [search, fixed]);
  const set = useCallback(
    (next: Filters, replace = false) => void navigate({ to: '.', search: tab === '' ? next : { tab, ...next }, replace }),
    [navigate, tab],
  );
  return <SessionList filters={filters} set={set} fixed={fixed} />;
}
