import { expect, it } from 'vitest';
import { planOf } from './plan';
import type { Result } from './results';

const result = (cell: string): Result => ({
  nth: 0, from: 0, to: 1, which: 'n2', columns: [{ name: 'QUERY PLAN', type: 'json', nature: 'text' }], rows: [[cell]], rowsSoFar: 1, more: false, tag: '', notices: [], error: null, tookMs: 1, done: true,
});

it('a plan is a tree whose steps have their own part of the whole', () => {
  const scan = { 'Node Type': 'Seq Scan', 'Relation Name': 't', Alias: 't', 'Total Cost': 75, 'Plan Rows': 9, Filter: '(a > 1)' };
  const plan = planOf(result(JSON.stringify([{ Plan: { 'Node Type': 'Sort', 'Total Cost': 100, 'Plan Rows': 9, 'Sort Key': ['a', 'b'], Plans: [scan] } }])));
  expect(plan?.lines.map((line) => [line.depth, line.title, line.detail, line.share])).toEqual([
    [0, 'Sort', 'Sort Key: a, b', 0.25],
    [1, 'Seq Scan on t', 'Filter: (a > 1)', 0.75],
  ]);
});

it('what is no plan is none', () => {
  expect(planOf(result('not json'))).toBeNull();
  expect(planOf(result('[]'))).toBeNull();
});

it('a plan of MariaDB is a tree as well', () => {
  const scan = { table: { table_name: 't', access_type: 'ALL', r_loops: 1, rows: 9, r_rows: 8, r_table_time_ms: 3, attached_condition: "t.b = 'x'" } };
  const cell = JSON.stringify({ query_block: { select_id: 1, r_total_time_ms: 4, filesort: { sort_key: 't.a', r_total_time_ms: 1, temporary_table: { nested_loop: [scan] } } } });
  const plan = planOf({ ...result(cell), columns: [{ name: 'ANALYZE', type: 'text', nature: 'text' }] });
  expect(plan?.lines.map((line) => [line.depth, line.title, line.detail, line.rows, line.actualRows])).toEqual([
    [0, 'query block', '', 0, null],
    [1, 'filesort', 'sort key: t.a', 0, null],
    [2, 'temporary table', '', 0, null],
    [3, 'table on t', "access type: ALL · attached condition: t.b = 'x'", 9, 8],
  ]);
});
