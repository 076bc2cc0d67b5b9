import { describe, expect, it } from 'vitest';
import { isShown, nextSort, parseSort, template, writeSort, type Column } from './column';

const column = (id: string, more: Partial<Column<string>> = {}): Column<string> => ({
  id,
  title: id,
  width: 100,
  render: () => id,
  ...more,
});

describe('sorting', () => {
  it('reads what it writes', () => {
    for (const text of ['started_at:desc', 'user:asc']) expect(writeSort(parseSort(text))).toBe(text);
  });
  it('turns round on the second click', () => {
    const first = nextSort(parseSort('created_at:desc'), 'user', false);
    expect(first).toEqual({ field: 'user', down: false });
    expect(nextSort(first, 'user', false)).toEqual({ field: 'user', down: true });
  });
});

describe('layout', () => {
  it('keeps what the reader chose over the default', () => {
    const hidden = column('a', { hidden: true });
    expect(isShown(hidden, { widths: {}, shown: {} })).toBe(false);
    expect(isShown(hidden, { widths: {}, shown: { a: true } })).toBe(true);
  });
  it('gives the room that is left to the columns that grow, or else to the last', () => {
    const layout = { widths: { a: 80 }, shown: {} };
    expect(template([column('a'), column('b', { grow: true })], layout, '30px')).toBe('30px 80px minmax(100px, 100fr)');
    expect(template([column('a'), column('b')], layout, '')).toBe('80px minmax(100px, 100fr)');
  });
});
