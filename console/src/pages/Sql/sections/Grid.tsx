import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Cell } from '../../../api/sql';
import type { Result } from '../results';
import styles from '../Sql.module.css';

const ROW = 28;
const NUMBER = 56;
/** How many rows before its end the next part is asked for. */
const AHEAD = 40;

interface Props {
  result: Result;
  label: string;
  /** Asks for the next rows; nothing when there are none, or they cannot be had now. */
  more: (() => void) | null;
  /** Shows a value. */
  show(row: number, column: number): void;
}

const shown = (cell: Cell | undefined): string => (cell == null ? '' : typeof cell === 'string' ? cell : cell.text);

/** Gives columns a width by what is in them. */
function widths(result: Result): number[] {
  const sample = result.rows.slice(0, 50);
  return result.columns.map((column, at) => {
    const longest = sample.reduce((most, row) => Math.max(most, Math.min(shown(row[at]).length, 60)), Math.max(column.name.length, column.type.length * 0.8));
    return Math.round(Math.min(420, Math.max(70, longest * 7.6 + 26)));
  });
}

/** Rows of a result. Only what is in sight is drawn, both ways; arrows move, Enter shows a value in full. */
export function Grid({ result, label, more, show }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const { columns, rows } = result;
  // Widths stay as they are while rows are added.
  const first = rows.length > 0;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const sizes = useMemo(() => widths(result), [columns, first]);
  const down = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12 });
  const across = useVirtualizer({ horizontal: true, count: columns.length, getScrollElement: () => box.current, estimateSize: (nth) => sizes[nth] ?? 100, overscan: 3, paddingStart: NUMBER });
  useEffect(() => across.measure(), [sizes, across]);

  const last = down.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && last >= rows.length - AHEAD) more();
  }, [last, rows.length, more]);

  const move = (row: number, column: number) => {
    const to = { row: Math.max(0, Math.min(rows.length - 1, row)), column: Math.max(0, Math.min(columns.length - 1, column)) };
    setAt(to);
    down.scrollToIndex(to.row);
    across.scrollToIndex(to.column);
  };
  const page = () => Math.max(1, Math.floor((box.current?.clientHeight ?? 300) / ROW) - 2);
  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowDown: () => move(at.row + 1, at.column),
      ArrowUp: () => move(at.row - 1, at.column),
      ArrowRight: () => move(at.row, at.column + 1),
      ArrowLeft: () => move(at.row, at.column - 1),
      PageDown: () => move(at.row + page(), at.column),
      PageUp: () => move(at.row - page(), at.column),
      Home: () => move(event.ctrlKey ? 0 : at.row, 0),
      End: () => move(event.ctrlKey ? rows.length - 1 : at.row, columns.length - 1),
      Enter: () => show(at.row, at.column),
    };
    const action = moves[event.key];
    if (action === undefined && (event.ctrlKey || event.metaKey) && event.key === 'c' && String(window.getSelection()) === '') {
      void navigator.clipboard?.writeText(shown(rows[at.row]?.[at.column]));
      return;
    }
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const id = (row: number, column: number) => `cell-${result.nth}-${row}-${column}`;
  return (
    <div
      ref={box}
      className={styles['grid']}
      role="grid"
      aria-label={label}
      aria-rowcount={result.more ? -1 : rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={rows.length > 0 ? id(at.row, at.column) : undefined}
      tabIndex={0}
      onKeyDown={onKey}
    >
      <div className={styles['sheet']} style={{ height: down.getTotalSize() + 42, width: across.getTotalSize() }}>
        <div role="row" aria-rowindex={1} className={styles['head']} style={{ width: across.getTotalSize() }}>
          {across.getVirtualItems().map((column) => (
            <div key={column.key} role="columnheader" aria-colindex={column.index + 1} className={styles['name']} style={{ left: column.start, width: column.size }}>
              <span>{columns[column.index]?.name}</span>
              <small>{columns[column.index]?.type}</small>
            </div>
          ))}
        </div>
        {down.getVirtualItems().map((row) => (
          <div key={row.key} role="row" aria-rowindex={row.index + 2} className={styles['row']} style={{ top: row.start + 42, width: across.getTotalSize() }} data-odd={row.index % 2 === 1 || undefined}>
            <span className={styles['number']} aria-hidden>
              {row.index + 1}
            </span>
            {across.getVirtualItems().map((column) => {
              const cell = rows[row.index]?.[column.index];
              const cut = cell !== null && typeof cell === 'object';
              const nature = columns[column.index]?.nature;
              return (
                // The grid has the focus, and names the cell that is meant.
                // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
                <div
                  key={column.key}
                  id={id(row.index, column.index)}
                  role="gridcell"
                  aria-colindex={column.index + 1}
                  aria-selected={at.row === row.index && at.column === column.index}
                  className={styles['cell']}
                  data-null={cell === null || undefined}
                  data-number={nature === 'whole' || nature === 'number' || undefined}
                  style={{ left: column.start, width: column.size }}
                  onClick={() => setAt({ row: row.index, column: column.index })}
                  onDoubleClick={() => show(row.index, column.index)}
                >
                  {cut && <em>cut</em>}
                  {cell === null ? 'null' : shown(cell).slice(0, 200)}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
