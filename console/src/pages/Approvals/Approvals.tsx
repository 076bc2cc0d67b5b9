import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, body } from '../../api/client';
import { ApprovalMark } from '../../approval/ApprovalMark';
import { DecideButtons } from '../../approval/DecideButtons';
import { useFreshApprovals } from '../../approval/usePending';
import { askText, whoText } from '../../approval/words';
import { Page } from '../../layout/Page';
import { ColumnChooser } from '../../list/ColumnChooser';
import { DataList } from '../../list/DataList';
import { useLayout } from '../../list/useLayout';
import { useSelection } from '../../list/useSelection';
import { Button } from '../../ui/Button';
import { Chip, Chips } from '../../ui/Chip';
import { IconButton } from '../../ui/IconButton';
import { IconCheck, IconRefresh } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { SearchBox } from '../../ui/SearchBox';
import { Trouble } from '../../ui/Trouble';
import { useHotkeys } from '../../ui/useHotkeys';
import { Waiting } from '../../ui/Waiting';
import styles from './Approvals.module.css';
import { columns } from './columns';

const route = getRouteApi('/signed-in/shell/approvals');
const PAGE = 100;

const SHOWS = {
  waiting: { title: 'Waiting', query: { state: 'pending' }, empty: 'Nothing waits for a decision' },
  mine: { title: 'For me to decide', query: { decidable: 'true' }, empty: 'Nothing waits for your decision' },
  decided: { title: 'Decided', query: { state: 'approved,rejected,expired,revoked,error' }, empty: 'Nothing has been decided yet' },
} as const;

/** Requests that reviewers decide: those that wait, and those that are decided. */
export function Approvals() {
  const filters: Record<string, string> = route.useSearch();
  const navigate = useNavigate();
  const layout = useLayout('approvals', columns);
  const selection = useSelection();
  useFreshApprovals();
  const show = SHOWS[filters['show'] as keyof typeof SHOWS] ?? SHOWS.waiting;
  const narrow = { ...(filters['user'] === undefined ? {} : { user: filters['user'] }), ...(filters['resource'] === undefined ? {} : { resource: filters['resource'] }) };
  const query = { ...show.query, ...narrow };
  const list = useInfiniteQuery({
    queryKey: ['approvals', 'list', query],
    initialPageParam: null as string | null,
    refetchInterval: 30_000,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/v1/approvals', { params: { query: { ...query, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.approvals) ?? [], [list.data]);
  const picked = rows.filter((row) => selection.picked.has(row.id));
  const set = (part: Record<string, string>) => {
    const next = Object.fromEntries(Object.entries({ ...filters, ...part }).filter(([, value]) => value !== ''));
    selection.clear();
    void navigate({ to: '/approvals', search: next, replace: true });
  };
  useHotkeys({ r: () => void list.refetch() });
  return (
    <Page
      title="Approvals"
      note={
        <>
          Reviews and access requests · <Link to="/help/approvals">Help</Link>
        </>
      }
      filled
      actions={
        <>
          <IconButton label="Refresh" disabled={list.isRefetching} onClick={() => void list.refetch()}>
            <IconRefresh size={17} />
          </IconButton>
          <ColumnChooser columns={columns} state={layout} />
        </>
      }
      tools={
        <>
          <Chips label="Which">
            {Object.entries(SHOWS).map(([key, one]) => (
              <Chip key={key} on={one === show} onChange={() => set({ show: key === 'waiting' ? '' : key })}>
                {one.title}
              </Chip>
            ))}
          </Chips>
          <SearchBox label="Asked by" placeholder="Asked by" value={filters['user'] ?? ''} onChange={(user) => set({ user: user.trim() })} />
          <SearchBox label="Resource" placeholder="Resource" value={filters['resource'] ?? ''} onChange={(resource) => set({ resource: resource.trim() })} />
        </>
      }
    >
      {picked.length > 0 && (
        <div className={styles['bulk']} role="region" aria-label="Selected requests">
          <strong role="status">{picked.length} selected</strong>
          <DecideButtons approvals={picked} small />
          {picked.every((one) => one.authorized_actions.length === 0) && <span className="muted">You cannot decide these</span>}
          <Button small tone="quiet" onClick={selection.clear}>
            Clear selection
          </Button>
        </div>
      )}
      {list.isPending ? (
        <Waiting label="Loading requests" />
      ) : list.error !== null && rows.length === 0 ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : (
        <DataList
          label="Approvals"
          rows={rows}
          layout={layout}
          keyOf={(row) => row.id}
          nameOf={askText}
          hrefOf={(row) => `/approvals/${row.id}`}
          onOpen={(row) => void navigate({ to: '/approvals/$id', params: { id: row.id } })}
          onEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
          selection={selection}
          total={list.data?.pages[0]?.total ?? null}
          card={(row) => (
            <div className={styles['card']}>
              <span>
                <ApprovalMark approval={row} /> <strong>{askText(row)}</strong>
              </span>
              <span className="muted">{row.reason === '' ? whoText(row) : row.reason}</span>
            </div>
          )}
          cardHeight={62}
          rowHeight={38}
          pageKeys
          empty={<Nothing title={show.empty} icon={<IconCheck size={28} stroke={1.4} />} />}
        />
      )}
    </Page>
  );
}
