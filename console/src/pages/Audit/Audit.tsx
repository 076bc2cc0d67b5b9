import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import type { AuditEvent } from '../../api/types';
import { Page } from '../../layout/Page';
import { ColumnChooser } from '../../list/ColumnChooser';
import { DataList } from '../../list/DataList';
import { useLayout } from '../../list/useLayout';
import { IconButton } from '../../ui/IconButton';
import { IconHistory, IconRefresh } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { Trouble } from '../../ui/Trouble';
import { useHotkeys } from '../../ui/useHotkeys';
import { Waiting } from '../../ui/Waiting';
import { AuditCard } from './AuditCard';
import { AuditDetail } from './AuditDetail';
import { AuditFilters } from './AuditFilters';
import { columns } from './columns';
import { TakeOut } from './TakeOut';
import { Verify } from './Verify';

const route = getRouteApi('/signed-in/shell/audit');
const PAGE = 200;

/** Every change and every look, in order, chained by hashes. */
export function Audit() {
  const filters: Record<string, string> = route.useSearch();
  const navigate = useNavigate();
  const layout = useLayout('audit', columns);
  const search = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<AuditEvent | null>(null);
  const log = useInfiniteQuery({
    queryKey: ['audit', filters],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/v1/audit', { params: { query: { ...filters, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => log.data?.pages.flatMap((page) => page.events) ?? [], [log.data]);
  useHotkeys({ '/': () => search.current?.focus(), r: () => void log.refetch() });
  return (
    <Page
      title="Audit log"
      note="Newest first"
      filled
      actions={
        <>
          <TakeOut filters={filters} />
          <Verify />
          <IconButton label="Refresh" disabled={log.isRefetching} onClick={() => void log.refetch()}>
            <IconRefresh size={17} />
          </IconButton>
          <ColumnChooser columns={columns} state={layout} />
        </>
      }
      tools={<AuditFilters filters={filters} set={(next) => void navigate({ to: '/audit', search: next, replace: true })} searchRef={search} />}
    >
      {log.isPending ? (
        <Waiting label="Loading the audit log" />
      ) : log.error !== null && rows.length === 0 ? (
        <Trouble error={log.error} retry={() => void log.refetch()} />
      ) : (
        <DataList
          label="Audit log"
          rows={rows}
          layout={layout}
          keyOf={(row) => String(row.seq)}
          nameOf={(row) => row.kind}
          onOpen={setOpen}
          onEnd={() => log.hasNextPage && !log.isFetchingNextPage && void log.fetchNextPage()}
          card={(row) => <AuditCard event={row} />}
          cardHeight={60}
          pageKeys
          empty={<Nothing title="Nothing found" icon={<IconHistory size={28} stroke={1.4} />} />}
        />
      )}
      <AuditDetail event={open} onClose={() => setOpen(null)} />
    </Page>
  );
}
