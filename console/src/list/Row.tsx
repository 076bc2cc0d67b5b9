import { memo, type MouseEvent } from 'react';
import type { Column } from './column';
import styles from './DataList.module.css';

export interface RowProps<T> {
  row: T;
  rowKey: string;
  id: string;
  index: number;
  top: number;
  height: number;
  columns: Column<T>[];
  active: boolean;
  /** `undefined`: the list has no ticks. */
  picked: boolean | undefined;
  label: string;
  href: string | undefined;
  card: ((row: T) => React.ReactNode) | undefined;
  onPick(index: number, on: boolean, range: boolean): void;
  onOpen(index: number, event: MouseEvent): void;
}

function RowOf<T>(props: RowProps<T>) {
  const { row, id, index, top, height, columns, active, picked, card } = props;
  const open = (event: MouseEvent) => {
    // Marking text is not a click on the row.
    if ((window.getSelection()?.toString() ?? '') !== '') return;
    if (event.target instanceof Element && event.target.closest('a, button, input, label') !== null) return;
    props.onOpen(index, event);
  };
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={index + 2}
      aria-selected={picked ?? active}
      data-active={active || undefined}
      data-picked={picked || undefined}
      className={`${styles['row']} ${card === undefined ? '' : styles['card']}`}
      style={{ height, transform: `translateY(${top}px)` }}
      // The grid around the rows has the keys: Enter opens the active one.
      onClick={open}
      onAuxClick={(event) => event.button === 1 && open(event)}
    >
      {picked !== undefined && (
        <div role="gridcell" className={styles['tick']}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${props.label}`}
            checked={picked}
            onChange={() => {}}
            onClick={(event) => props.onPick(index, !picked, event.shiftKey)}
          />
        </div>
      )}
      {card === undefined ? (
        columns.map((column) => (
          <div
            key={column.id}
            role="gridcell"
            className={`${styles['cell']} ${column.mono ? 'mono' : ''} ${column.align === 'end' ? styles['end'] : ''}`}
          >
            {column.render(row)}
          </div>
        ))
      ) : (
        <div role="gridcell" className={styles['cardcell']}>
          {card(row)}
        </div>
      )}
    </div>
  );
}

/** One row; drawn anew only when something of it changed. */
export const Row = memo(RowOf) as typeof RowOf;
