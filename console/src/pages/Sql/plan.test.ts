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
