import type { ReactNode } from 'react';

/** One column of a list. */
export interface Column<T> {
  id: string;
  title: string;
  /** Pixels at first. */
  width: number;
  min?: number;
  /** The server's name of the field to sort by. */
  sort?: string;
  /** Takes what room is left over. */
  grow?: boolean;
  align?: 'end';
  mono?: boolean;
  /** Not shown until it is chosen. */
  hidden?: boolean;
  /** The cells speak for themselves: the title is read, and not shown. */
  untitled?: boolean;
  /** There is nothing to say in it of a row; where there is no room for columns another is shown. */
  blank?: (row: T) => boolean;
  /** Why the column exists, in the chooser. */
  help?: string;
  render(row: T): ReactNode;
}

/** What a reader has changed about the columns. */
export interface Layout {
  widths: Record<string, number>;
  shown: Record<string, boolean>;
}

export interface Sort {
  field: string;
  down: boolean;
}

/** `started_at:desc` as the API writes it. */
export function parseSort(text: string): Sort {
  const [field = '', order] = text.split(':');
  return { field, down: order === 'desc' };
}

export const writeSort = (sort: Sort): string => `${sort.field}:${sort.down ? 'desc' : 'asc'}`;

/** The next order after a click on a column: down first for times and numbers, then the other way. */
export function nextSort(now: Sort, field: string, downFirst: boolean): Sort {
  return now.field === field ? { field, down: !now.down } : { field, down: downFirst };
}

export function isShown<T>(column: Column<T>, layout: Layout): boolean {
  return layout.shown[column.id] ?? column.hidden !== true;
}

export function widthOf<T>(column: Column<T>, layout: Layout): number {
  return layout.widths[column.id] ?? column.width;
}

/** The widths as a CSS grid; columns that grow share what is left. */
export function template<T>(columns: Column<T>[], layout: Layout, lead: string): string {
  const anyGrow = columns.some((column) => column.grow);
  const tracks = columns.map((column, at) => {
    const width = widthOf(column, layout);
    const grows = column.grow || (!anyGrow && at === columns.length - 1);
    return grows ? `minmax(${width}px, ${width}fr)` : `${width}px`;
  });
  return [lead, ...tracks].filter((track) => track !== '').join(' ');
}
