import { expect, it } from 'vitest';
import type { Said, SqlPart } from '../../api/sql';
import { cuts, heard, nothing, place, summary, withPart } from './results';

const part = (more: Partial<SqlPart>): SqlPart => ({ which: 'n3', columns: [], first: 0, rows: [], more: false, rows_so_far: 0, tag: null, notices: [], error: null, took_ms: 1, ...more });
const message = (text: string, position: number | null) => ({ severity: 'ERROR', code: '42703', message: text, detail: '', hint: '', position });
const column = { name: 'a', type: 'integer', nature: 'whole' as const };

it('a run is heard statement by statement', () => {
  const said: Said[] = [
    { type: 'statement', from: 0, to: 8 },
    { type: 'result', ...part({ columns: [column], rows: [['1']], rows_so_far: 1, tag: 'SELECT 1' }) },
    { type: 'statement', from: 10, to: 18 },
    { type: 'result', ...part({ error: message('no such column', 1) }) },
    { type: 'end', transaction: 'none', ended: null },
  ];
  const run = said.reduce(heard, { ...nothing, running: true });
  expect(run.running).toBe(false);
  expect(run.results.map(summary)).toEqual(['1 row', 'ERROR: no such column']);
});

it('parts of a result are put together', () => {
  const begun = heard(heard(nothing, { type: 'statement', from: 0, to: 1 }), { type: 'result', ...part({ columns: [column], rows: [['1']], rows_so_far: 1, more: true }) }).results[0];
  if (begun === undefined) throw new Error('no result');
  expect(summary(begun)).toBe('1 rows so far');
  const whole = withPart(begun, part({ columns: [column], rows: [['2'], [{ text: 'x', total: 9, cut: 'value' }]], rows_so_far: 3, tag: 'SELECT 2' }));
  expect([whole.rows.length, whole.more, summary(whole), cuts(whole.rows)]).toEqual([3, false, '3 rows', 1]);
});

it('an error is found behind signs that take two units', () => {
  const text = "select '😀'; select '😀', nme from t";
  const from = text.indexOf('select', 5);
  const result = heard(heard(nothing, { type: 'statement', from, to: text.length }), { type: 'result', ...part({ error: message('no', 13) }) }).results[0];
  const at = result === undefined ? null : place(text, result);
  expect(at === null ? '' : text.slice(at.from, at.to)).toBe('nme');
});
