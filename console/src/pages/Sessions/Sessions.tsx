import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { seesAll, useMe } from '../../api/me';
import type { Session } from '../../api/types';
import { count } from '../../format';
import { useTitle } from '../../layout/Page';
import { nextSort, parseSort, writeSort } from '../../list/column';
import { ColumnChooser } from '../../list/ColumnChooser';
import { DataList } from '../../list/DataList';
import { useLayout } from '../../list/useLayout';
import { useSelection } from '../../list/useSelection';
import { openLog } from '../../session/logWindow';
import { whoText } from '../../session/Who';
import { Button } from '../../ui/Button';
import { IconArrowUp, IconList } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { Trouble } from '../../ui/Trouble';
import { useHotkeys } from '../../ui/useHotkeys';
import { Waiting } from '../../ui/Waiting';
import { columns, DOWN_FIRST } from './columns';
import { DEFAULT_SORT, withFilter, type Filters } from './filters';
import { MayOpen } from './mayOpen';
import { Applied } from './sections/Applied';
import { BulkBar } from './sections/BulkBar';
import { FilterBar } from './sections/FilterBar';
import { FoundById } from './sections/FoundById';
import { Freshness } from './sections/Freshness';
import { Preview } from './sections/Preview';
import { copyId } from './sections/RowActions';
import { SessionCard } from './sections/SessionCard';
import { Views } from './sections/Views';
import styles from './Sessions.module.css';
import { useSessions } from './useSessions';

const route = getRouteApi('/signed-in/shell/sessions');

/** Where the reader stood in the list, so that "Back" leads there. */
const memories = new Map<string, { top: number; active: string | null }>();

/** The list of all sessions that one may see: running and ended, live. */
export function Sessions() {
  useTitle('Sessions');
  const navigate = useNavigate();
  const set = useCallback((next: Filters, replace = false) => void navigate({ to: '/sessions', search: next, replace }), [navigate]);
  return <SessionList filters={route.useSearch()} set={set} />;
}

interface ListProps {
  /** What the reader has chosen. */
  filters: Filters;
  set(next: Filters, replace?: boolean): void;
  /** What the place itself chooses, such as the user on a user's page: always in force, and not the reader's to change. */
  fixed?: Filters;
}

const nothing: Filters = {};

/** The list with its filters, wherever it stands. */
export function SessionList({ filters, set, fixed = nothing }: ListProps) {
  const alone = fixed === nothing;
  const navigate = useNavigate();
  const mayOpen = seesAll(useMe());
  const layout = useLayout('sessions', columns);
  const selection = useSelection();
  const search = useRef<HTMLInputElement>(null);
  const hovered = useRef(false);
  const pressed = useRef<string | null>(null);
  const [atTop, setAtTop] = useState(true);
  const wanted = useMemo(() => ({ ...filters, ...fixed }), [filters, fixed]);
  const sessions = useSessions(wanted);
  const place = JSON.stringify(wanted);
  const [preview, setPreview] = useState(false);
  const [active, setActive] = useState<Session | null>(null);
  const memory = useMemo(() => {
    const known = memories.get(place) ?? { top: 0, active: null };
    memories.set(place, known);
    return known;
  }, [place]);

  sessions.relaxed.current = () => atTop && !hovered.current && selection.picked.size === 0;

  const sort = parseSort(filters['sort'] ?? DEFAULT_SORT);
  const { refresh } = sessions;
  useHotkeys({
    '/': () => search.current?.focus(),
    r: () => void refresh(),
    c: () => active !== null && void copyId(active),
    l: () => active !== null && openLog(active.session_id),
    ...(preview ? { Escape: () => setPreview(false) } : {}),
  });

  const togglePreview = useCallback(() => setPreview((old) => !old), []);
  const picked = sessions.rows.filter((row) => selection.picked.has(row.session_id));
  const filtered = Object.keys(filters).some((key) => key !== 'sort');

  return (
    <MayOpen value={mayOpen}>
      <div className={styles['head']}>
        {alone && <h1>Sessions</h1>}
        <span className="muted" role="status">
          {sessions.loading ? 'Loading…' : total(sessions.total ?? sessions.rows.length, sessions.capped)}
        </span>
        <span className={styles['space']} />
        {alone && <Views filters={filters} set={set} />}
        <Freshness state={sessions.state} asOf={sessions.asOf} busy={sessions.refreshing} onRefresh={() => void refresh()} />
        <ColumnChooser columns={columns} state={layout} />
      </div>
      <FilterBar filters={filters} set={set} searchRef={search} />
      <Applied filters={filters} set={set} />
      {alone && <FoundById search={filters['search'] ?? ''} rows={sessions.rows} />}
      {picked.length > 0 && <BulkBar picked={picked} selection={selection} onDone={() => void refresh()} />}
      <div
        className={styles['list']}
        onPointerEnter={() => (hovered.current = true)}
        onPointerLeave={() => (hovered.current = false)}
      >
        {sessions.fresh > 0 && (
          <div className={styles['fresh']}>
            <Button small tone="primary" icon={<IconArrowUp size={14} />} onClick={() => void refresh()}>
              {count(sessions.fresh)} new
            </Button>
          </div>
        )}
        {sessions.loading ? (
          <Waiting label="Loading sessions" />
        ) : sessions.error !== null && sessions.rows.length === 0 ? (
          <Trouble error={sessions.error} retry={() => void refresh()} />
        ) : (
          <DataList
            key={place}
            label="Sessions"
            rows={sessions.rows}
            layout={layout}
            keyOf={(row) => row.session_id}
            nameOf={whoText}
            hrefOf={(row) => `/sessions/${row.session_id}`}
            onOpen={(row) => void navigate({ to: '/sessions/$id', params: { id: row.session_id }, search: {} })}
            sort={sort}
            onSort={(field) => set(withFilter(filters, 'sort', writeSort(nextSort(sort, field, DOWN_FIRST.has(field)))), true)}
            pressed={pressed}
            selection={selection}
            total={sessions.total}
            onEnd={sessions.more}
            card={(row) => <SessionCard session={row} />}
            cardHeight={80}
            memory={memory}
            pageKeys
            onTop={setAtTop}
            onActive={setActive}
            onPreview={togglePreview}
            empty={
              <Nothing title="No sessions found" icon={<IconList size={28} stroke={1.4} />}>
                {filtered ? (
                  <Button small onClick={() => set({})}>
                    Clear all filters
                  </Button>
                ) : (
                  'Sessions appear here as soon as someone connects through the gateway.'
                )}
              </Nothing>
            }
          />
        )}
        {preview && active !== null && <Preview session={active} onClose={() => setPreview(false)} />}
      </div>
    </MayOpen>
  );
}

function total(n: number, capped: boolean): string {
  return `${count(n)}${capped ? '+' : ''} ${n === 1 ? 'session' : 'sessions'}`;
}
