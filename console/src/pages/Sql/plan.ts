/** A plan, as PostgreSQL describes it in JSON, as a tree of lines. Pure. */
import type { Result } from './results';

export interface PlanLine {
  depth: number;
  title: string;
  detail: string;
  cost: number;
  rows: number;
  /** Milliseconds, when it was run. */
  took: number | null;
  actualRows: number | null;
  /** Its own part of the whole, from 0 to 1. */
  share: number;
}

interface Node {
  'Node Type'?: string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Alias?: string;
  'Total Cost'?: number;
  'Plan Rows'?: number;
  'Actual Total Time'?: number;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  Plans?: Node[];
  [key: string]: unknown;
}

const CONDITIONS = ['Index Cond', 'Hash Cond', 'Merge Cond', 'Recheck Cond', 'Join Filter', 'Filter', 'Sort Key', 'Group Key'];

const total = (node: Node): number => (node['Actual Total Time'] === undefined ? (node['Total Cost'] ?? 0) : node['Actual Total Time'] * (node['Actual Loops'] ?? 1));

function walk(node: Node, depth: number, whole: number, lines: PlanLine[]): void {
  const on = node['Relation Name'] ?? node['Index Name'];
  const conditions = CONDITIONS.flatMap((key) => (node[key] === undefined ? [] : [`${key}: ${Array.isArray(node[key]) ? node[key].join(', ') : String(node[key])}`]));
  const children = node.Plans ?? [];
  const own = Math.max(0, total(node) - children.reduce((sum, child) => sum + total(child), 0));
  lines.push({
    depth,
    title: `${node['Node Type'] ?? 'Step'}${on === undefined ? '' : ` on ${on}`}${node.Alias !== undefined && node.Alias !== on ? ` ${node.Alias}` : ''}`,
    detail: conditions.join(' · '),
    cost: node['Total Cost'] ?? 0,
    rows: node['Plan Rows'] ?? 0,
    took: node['Actual Total Time'] === undefined ? null : total(node),
    actualRows: node['Actual Rows'] === undefined ? null : node['Actual Rows'] * (node['Actual Loops'] ?? 1),
    share: whole > 0 ? Math.min(1, own / whole) : 0,
  });
  for (const child of children) walk(child, depth + 1, whole, lines);
}

/** Reads the plan that a result is; null when it is none. */
export function planOf(result: Result): { lines: PlanLine[]; text: string; note: string } | null {
  const [row] = result.rows;
  const cell = row?.[0];
  if (result.rows.length !== 1 || row?.length !== 1 || typeof cell !== 'string' || result.columns[0]?.name !== 'QUERY PLAN') return null;
  try {
    const parsed = JSON.parse(cell) as { Plan?: Node; 'Planning Time'?: number; 'Execution Time'?: number }[];
    const plan = parsed[0]?.Plan;
    if (plan === undefined) return null;
    const lines: PlanLine[] = [];
    walk(plan, 0, total(plan), lines);
    const times = [
      ['planned', parsed[0]?.['Planning Time']],
      ['run', parsed[0]?.['Execution Time']],
    ].flatMap(([word, ms]) => (typeof ms === 'number' ? [`${word} in ${ms.toFixed(1)} ms`] : []));
    return { lines, text: JSON.stringify(parsed, null, 2), note: times.join(', ') };
  } catch {
    return null;
  }
}
