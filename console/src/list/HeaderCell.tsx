import { useEffect, useRef, type RefObject } from 'react';
import { IconArrowDown, IconArrowUp } from '../ui/icons';
import type { Column, Sort } from './column';
import styles from './DataList.module.css';

interface Props<T> {
  column: Column<T>;
  width: number;
  sort: Sort | undefined;
  onSort: ((field: string) => void) | undefined;
  onResize(width: number): void;
  /** The column whose title was pressed last. */
  pressed?: RefObject<string | null> | undefined;
}

const WIDEST = 900;

/** A column's title: a click sorts, dragging its edge changes the width (arrow keys do as well). */
export function HeaderCell<T>({ column, width, sort, onSort, onResize, pressed }: Props<T>) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const title = useRef<HTMLButtonElement>(null);
  // Another order draws the list anew: who has asked for it by the keyboard goes on from where they were.
  useEffect(() => {
    if (pressed?.current !== column.id) return;
    pressed.current = null;
    title.current?.focus();
  }, [pressed, column.id]);
  const least = column.min ?? 48;
  const sorted = column.sort !== undefined && sort?.field === column.sort;
  const set = (next: number) => onResize(Math.min(WIDEST, Math.max(least, next)));
  const words = <span className={column.untitled ? 'hidden-visually' : styles['cut']}>{column.title}</span>;

  return (
    <div
      role="columnheader"
      aria-sort={sorted ? (sort.down ? 'descending' : 'ascending') : undefined}
      className={`${styles['head']} ${column.align === 'end' ? styles['end'] : ''}`}
    >
      {column.sort !== undefined && onSort !== undefined ? (
        <button
          ref={title}
          type="button"
          className={styles['sorter']}
          onClick={() => {
            if (pressed !== undefined) pressed.current = column.id;
            onSort(column.sort ?? '');
          }}
        >
          {words}
          {sorted && (sort.down ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
        </button>
      ) : (
        words
      )}
      <div
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={`Width of ${column.title}`}
        aria-valuenow={width}
        aria-valuemin={least}
        aria-valuemax={WIDEST}
        className={styles['grip']}
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          const cell = event.currentTarget.parentElement;
          drag.current = { x: event.clientX, width: cell?.offsetWidth ?? width };
        }}
        onPointerMove={(event) => {
          if (drag.current !== null) set(drag.current.width + event.clientX - drag.current.x);
        }}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowLeft' ? -10 : event.key === 'ArrowRight' ? 10 : 0;
          if (step === 0) return;
          event.preventDefault();
          event.stopPropagation();
          set(width + step);
        }}
      />
    </div>
  );
}
