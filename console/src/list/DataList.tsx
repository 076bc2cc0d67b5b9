import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useId, useRef, useState, type KeyboardEvent as ReactKeyboardEvent, type MouseEvent, type ReactNode, type RefObject } from 'react';
import { useHotkeys } from '../ui/useHotkeys';
import { useNarrow } from '../ui/useWidth';
import { template, widthOf, type Column, type Sort } from './column';
import { HeaderCell } from './HeaderCell';
import { Row } from './Row';
import type { LayoutState } from './useLayout';
import { useRowKeys } from './useRowKeys';
import type { Selection } from './useSelection';
import styles from './DataList.module.css';

interface Props<T> {
  label: string;
  rows: T[];
  layout: LayoutState<T>;
  keyOf(row: T): string;
  /** What a row is called when it is read out. */
  nameOf(row: T): string;
  hrefOf?: (row: T) => string;
  /** With the click that asked for it; without one it was the Enter key. */
  onOpen?: (row: T, event?: MouseEvent) => void;
  sort?: Sort;
  onSort?: (field: string) => void;
  /** Remembers the title that was pressed where another order draws the list anew. */
  pressed?: RefObject<string | null>;
  selection?: Selection;
  /** How many there are on the server, when that is known. */
  total?: number | null;
  onEnd?: (() => void) | undefined;
  /** How a row looks where there is no room for columns. */
  card?: (row: T) => ReactNode;
  cardHeight?: number;
  rowHeight?: number;
  /** Where to stand at first, and where to remember it. */
  memory?: { top: number; active: string | null };
  /** Further keys of the list, before its own; handled ones are prevented. */
  onKey?: (event: ReactKeyboardEvent) => void;
  /** j, k, arrows and Enter work on the whole page. */
  pageKeys?: boolean;
  empty: ReactNode;
  onTop?: (atTop: boolean) => void;
  /** Space: shows more of the row without leaving the list. */
  onPreview?: ((row: T) => void) | undefined;
  /** The row that the keys act on. */
  onActive?: (row: T | null) => void;
}

/** A dense list of any length: only the rows in sight are drawn. */
export function DataList<T>(props: Props<T>) {
  const { rows, layout, keyOf, selection, memory, onEnd, onTop } = props;
  const base = useId();
  const narrow = useNarrow() && props.card !== undefined;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef(-1);
  const [activeKey, setActiveKey] = useState<string | null>(memory?.active ?? null);
  const active = activeKey === null ? -1 : rows.findIndex((row) => keyOf(row) === activeKey);
  const height = narrow ? (props.cardHeight ?? 76) : (props.rowHeight ?? 31);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    overscan: 12,
    scrollMargin: narrow ? 0 : HEAD,
    initialOffset: memory?.top ?? 0,
  });
  useEffect(() => virtual.measure(), [virtual, height]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 30 && rows.length > 0) onEnd?.();
  }, [last, rows.length, onEnd]);

  // Where one stood may have moved meanwhile, or be new.
  const first = useRef(active);
  useEffect(() => {
    if (first.current >= 0) virtual.scrollToIndex(first.current, { align: 'auto' });
  }, [virtual]);

  const rowsNow = useRef(rows);
  rowsNow.current = rows;
  // Rows are drawn anew only when they change, so what they call must stay the same.
  const now = useRef(props);
  now.current = props;
  const activeRow = rows[active] ?? null;
  useEffect(() => now.current.onActive?.(activeRow), [activeRow]);
  const move = useCallback(
    (index: number) => {
      const row = rowsNow.current[index];
      if (row === undefined) return;
      const key = keyOf(row);
      setActiveKey(key);
      if (memory) memory.active = key;
      virtual.scrollToIndex(index, { align: 'auto' });
    },
    [keyOf, memory, virtual],
  );
  const open = useCallback(
    (index: number, event?: MouseEvent) => {
      const row = rowsNow.current[index];
      if (row === undefined) return;
      setActiveKey(keyOf(row));
      if (memory) memory.active = keyOf(row);
      const href = now.current.hrefOf?.(row);
      if (event && href !== undefined && (event.ctrlKey || event.metaKey || event.button === 1)) window.open(href, '_blank');
      else now.current.onOpen?.(row, event);
    },
    [keyOf, memory],
  );
  const pick = useCallback(
    (index: number, on: boolean, range: boolean) => {
      const from = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
      const to = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
      selection?.toggle(
        rowsNow.current.slice(from, to + 1).map((row) => keyOf(row)),
        on,
      );
      anchor.current = index;
    },
    [keyOf, selection],
  );
  const keys = useRowKeys({
    count: rows.length,
    active,
    page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / height) - 1),
    move,
    open,
    pick: selection
      ? (index) => {
          const row = rowsNow.current[index];
          if (row !== undefined) pick(index, !selection.picked.has(keyOf(row)), false);
        }
      : undefined,
    preview: props.onPreview
      ? (index) => {
          const row = rowsNow.current[index];
          if (row !== undefined) now.current.onPreview?.(row);
        }
      : undefined,
  });
  const press = (event: KeyboardEvent) => {
    if (!keys.act(event.key)) return false;
    scroller.current?.focus({ preventScroll: true });
    return true;
  };
  /** Keys that buttons and links have a use for themselves. */
  const pressAlone = (event: KeyboardEvent) =>
    event.target instanceof Element && event.target.closest('a, button, summary, [role=tab], [role=separator], [role=grid]') === null ? press(event) : false;
  useHotkeys(props.pageKeys ? { j: press, k: press, ArrowDown: press, ArrowUp: press, x: press, Enter: pressAlone, ' ': pressAlone } : {});

  const allPicked = selection !== undefined && rows.length > 0 && rows.every((row) => selection.picked.has(keyOf(row)));
  const lead = selection === undefined ? '' : '34px';
  const scroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    if (memory) memory.top = top;
    onTop?.(top < 8);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={props.total == null ? -1 : Math.max(props.total, rows.length) + 1}
      aria-colcount={narrow ? undefined : layout.shown.length}
      aria-activedescendant={active >= 0 ? `${base}-${activeKey}` : undefined}
      aria-multiselectable={selection !== undefined || undefined}
      className={styles['grid']}
      style={{ '--cols': narrow ? `${lead} minmax(0, 1fr)` : template(layout.shown, layout.layout, lead) } as React.CSSProperties}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget) props.onKey?.(event);
        if (!event.defaultPrevented) keys.onKeyDown(event);
      }}
      onScroll={scroll}
      onFocus={(event) => {
        if (event.target === event.currentTarget && active < 0 && items[0]) setActiveKey(String(items[0].key));
      }}
    >
      <div className={styles['wide']}>
        {!narrow && (
          <div role="rowgroup" className={styles['header']}>
            <div role="row" aria-rowindex={1} className={styles['headrow']}>
              {selection !== undefined && (
                <div role="columnheader" className={styles['tick']}>
                  <input
                    type="checkbox"
                    aria-label="Select all loaded rows"
                    checked={allPicked}
                    onChange={(event) => selection.toggle(rows.map((row) => keyOf(row)), event.target.checked)}
                  />
                </div>
              )}
              {layout.shown.map((column: Column<T>) => (
                <HeaderCell
                  key={column.id}
                  column={column}
                  width={widthOf(column, layout.layout)}
                  sort={props.sort}
                  onSort={props.onSort}
                  onResize={(width) => layout.resize(column.id, width)}
                  pressed={props.pressed}
                />
              ))}
            </div>
          </div>
        )}
        {rows.length > 0 && (
        <div role="rowgroup" className={styles['body']} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <Row
                key={key}
                row={row}
                rowKey={key}
                id={`${base}-${key}`}
                index={item.index}
                top={item.start - (narrow ? 0 : HEAD)}
                height={height}
                columns={layout.shown}
                active={key === activeKey}
                picked={selection?.picked.has(key)}
                label={props.nameOf(row)}
                href={props.hrefOf?.(row)}
                card={narrow ? props.card : undefined}
                onPick={pick}
                onOpen={open}
              />
            );
          })}
        </div>
        )}
      </div>
      {rows.length === 0 && (
        <div role="rowgroup">
          <div role="row">
            <div role="gridcell" className={styles['empty']}>
              {props.empty}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

const HEAD = 32;
