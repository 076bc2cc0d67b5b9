import { expect, it } from 'vitest';
import { inOrder } from './order';

const line = (name: string, kind = 'file', size: number | null = 0, modified = '') => ({ name, kind, size, modified, mode: null, link_to: null });
const names = (entries: { name: string }[]) => entries.map((one) => one.name);
const all = [line('b10', 'file', 5, '2026-03-01'), line('b9', 'file', 900, '2026-01-01'), line('Z', 'folder'), line('a', 'folder'), line('C', 'link', null, '2026-02-01')];

it('folders come first, and numbers in names count', () => {
  expect(names(inOrder(all, { field: 'name', down: false }))).toEqual(['a', 'Z', 'b9', 'b10', 'C']);
  expect(names(inOrder(all, { field: 'name', down: true }))).toEqual(['Z', 'a', 'C', 'b10', 'b9']);
});
it('sizes and times are compared as such', () => {
  expect(names(inOrder(all, { field: 'size', down: true }))).toEqual(['a', 'Z', 'b9', 'b10', 'C']);
  expect(names(inOrder(all, { field: 'modified', down: true }))).toEqual(['a', 'Z', 'b10', 'C', 'b9']);
});
it('the given list stays as it is', () => {
  const before = names(all);
  inOrder(all, { field: 'name', down: false });
  expect(names(all)).toEqual(before);
});
