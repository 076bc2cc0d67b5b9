/** What came of the statements of a run. Pure. */
import { duration } from '../../format';
import type { Cell, Column, Said, SqlMessage, SqlPart } from '../../api/sql';

/** Rows that a page holds of one result; the rest leaves as a file. */
export const HELD = 20_000;

export interface Result {
  /** Its place in the run, from 0. */
  nth: number;
  /** Where the statement is in what was run. */
  from: number;
  to: number;
  which: string;
  columns: Column[];
  rows: Cell[][];
  rowsSoFar: number;
  more: boolean;
  tag: string | null;
  notices: SqlMessage[];
  error: SqlMessage | null;
  tookMs: number;
  /** It has been answered. */
  done: boolean;
}

export interface Run {
  results: Result[];
  running: boolean;
  ended: string | null;
}

export const nothing: Run = { results: [], running: false, ended: null };

/** Adds what was said to a run. */
export function heard(run: Run, said: Said): Run {
  switch (said.type) {
    case 'statement':
      return {
        ...run,
        results: [
          ...run.results,
          { nth: run.results.length, from: said.from, to: said.to, which: '', columns: [], rows: [], rowsSoFar: 0, more: false, tag: null, notices: [], error: null, tookMs: 0, done: false },
        ],
      };
    case 'result':
      return { ...run, results: run.results.map((one, nth) => (nth === run.results.length - 1 ? withPart(one, said) : one)) };
    default:
      return { ...run, running: false, ended: said.ended };
  }
}

/** Adds the next part of a result. */
export function withPart(result: Result, part: SqlPart): Result {
  return {
    ...result,
    which: part.which === 'n0' ? result.which : part.which,
    columns: part.columns.length > 0 ? part.columns : result.columns,
    rows: [...result.rows, ...part.rows],
    rowsSoFar: part.rows_so_far,
    more: part.more,
    tag: part.tag ?? null,
    notices: [...result.notices, ...part.notices],
    error: part.error ?? null,
    tookMs: result.tookMs + part.took_ms,
    done: true,
  };
}

/** Where an error is in the text that was run: positions of the resource count characters, a page counts UTF-16 units. */
export function place(text: string, result: Result): { from: number; to: number } | null {
  const position = result.error?.position;
  if (position == null) return null;
  const statement = text.slice(result.from, result.to);
  const before = [...statement].slice(0, position - 1).join('').length;
  const word = /^[\w$]+|^./u.exec(statement.slice(before))?.[0].length ?? 1;
  return { from: result.from + before, to: result.from + before + word };
}

/** Says how long something took; statements are often over within a second. */
export const took = (ms: number): string => (ms < 1000 ? `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms` : duration(ms));

/** Says in a line what came of a statement. */
export function summary(result: Result): string {
  if (!result.done) return 'running';
  if (result.error !== null) return `${result.error.severity}: ${result.error.message}`;
  if (result.more) return `${result.rowsSoFar.toLocaleString('en')} rows so far`;
  if (result.columns.length > 0) return `${result.rowsSoFar.toLocaleString('en')} ${result.rowsSoFar === 1 ? 'row' : 'rows'}`;
  return result.tag === null || result.tag === '' ? 'done' : result.tag;
}

/** How many values are cut in what is shown. */
export function cuts(rows: Cell[][]): number {
  let count = 0;
  for (const row of rows) for (const cell of row) if (cell !== null && typeof cell === 'object') count += 1;
  return count;
}
