/** A plan, as PostgreSQL or MariaDB describe it in JSON, as a tree of lines. Pure. */
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

/** A step as MariaDB and MySQL write it: what is no step itself is what is known of it. */
type Step = Record<string, unknown>;

const isStep = (value: unknown): value is Step => typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number(value ?? 0) || 0);

/** The steps within one, with the words that they stand behind. */
function within(step: Step): [string, Step][] {
  return Object.entries(step).flatMap(([key, value]): [string, Step][] => {
    // Costs and the like are no steps.
    if (key.endsWith('_info') || key.startsWith('r_')) return [];
    if (isStep(value)) return [[key, value]];
    if (!Array.isArray(value)) return [];
    return value.filter(isStep).flatMap((one): [string, Step][] => (Object.keys(one).length === 1 ? within(one) : [[key, one]]));
  });
}

const timeOf = (step: Step): number => numberOf(step['r_total_time_ms'] ?? step['r_table_time_ms']);

function descend(key: string, step: Step, depth: number, whole: number, lines: PlanLine[]): void {
  const table = typeof step['table_name'] === 'string' ? ` on ${step['table_name']}` : '';
  const details = ['access_type', 'key', 'attached_condition', 'index_condition', 'sort_key', 'message'].flatMap((word) => {
    const value = step[word];
    return typeof value === 'string' ? [`${word.replaceAll('_', ' ')}: ${value}`] : [];
  });
  const children = within(step);
  const took = timeOf(step);
  const cost = numberOf(step['cost'] ?? (isStep(step['cost_info']) ? (step['cost_info']['prefix_cost'] ?? step['cost_info']['query_cost']) : 0));
  const own = Math.max(0, took - children.reduce((sum, [, child]) => sum + timeOf(child), 0));
  lines.push({
    depth,
    title: `${key.replaceAll('_', ' ')}${table}`,
    detail: details.join(' · '),
    cost,
    rows: numberOf(step['rows'] ?? step['rows_examined_per_scan']),
    took: took > 0 || step['r_rows'] !== undefined ? took : null,
    actualRows: step['r_rows'] === undefined ? null : numberOf(step['r_rows']) * numberOf(step['r_loops'] ?? 1),
    share: whole > 0 ? Math.min(1, own / whole) : 0,
  });
  for (const [word, child] of children) descend(word, child, depth + 1, whole, lines);
}

interface PlanView {
  lines: PlanLine[];
  text: string;
  note: string;
}

/** Reads a plan of MariaDB or MySQL. */
function stepsOf(parsed: unknown): PlanView | null {
  const block = isStep(parsed) ? parsed['query_block'] : undefined;
  if (!isStep(block)) return null;
  const lines: PlanLine[] = [];
  descend('query_block', block, 0, timeOf(block), lines);
  return { lines, text: JSON.stringify(parsed, null, 2), note: '' };
}

/** Reads the plan that a result is; null when it is none. */
export function planOf(result: Result): PlanView | null {
  const [row] = result.rows;
  const cell = row?.[0];
  const column = result.columns[0]?.name;
  if (result.rows.length !== 1 || row?.length !== 1 || typeof cell !== 'string') return null;
  if (column !== 'QUERY PLAN' && column !== 'EXPLAIN' && column !== 'ANALYZE') return null;
  try {
    if (column !== 'QUERY PLAN') return stepsOf(JSON.parse(cell));
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
