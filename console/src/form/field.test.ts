import { describe, expect, it } from 'vitest';
import { blank, check, get, readDuration, readLabels, set, writeDuration, type Field } from './field';

describe('values by path', () => {
  it('are read and replaced without touching the rest', () => {
    const before = { a: { b: 1, c: 2 }, d: 3 };
    const after = set(before, 'a.b', 9);
    expect(get(after, 'a.b')).toBe(9);
    expect(get(after, 'a.c')).toBe(2);
    expect(before.a.b).toBe(1);
  });
  it('appear where there was nothing and vanish when they are undefined', () => {
    expect(set({}, 'a.b', 1)).toEqual({ a: { b: 1 } });
    expect(set({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
  });
});

describe('durations', () => {
  it.each([0, 45, 60, 5400, 28_800, 90_061])('%d seconds are read as they are written', (secs) =>
    expect(readDuration(writeDuration(secs))).toBe(secs),
  );
  it('take a bare number as minutes', () => expect(readDuration('90')).toBe(5400));
  it.each(['', 'soon', '5 weeks', '-1h'])('%j is none', (text) => expect(readDuration(text)).toBeNull());
});

it('labels need a name', () => {
  expect(readLabels(['env=prod', 'a=b=c'])).toEqual({ env: 'prod', a: 'b=c' });
  expect(readLabels(['prod'])).toBeNull();
});

it('a selector of nothing says nothing', () => {
  expect([undefined, '', [], {}, { names: [], labels: {} }].map(blank)).toEqual([true, true, true, true, true]);
  expect([false, 0, { names: ['db'], labels: {} }, { names: [], labels: { env: 'prod' } }].map(blank)).toEqual([false, false, false, false]);
});

it('a field that is not asked is not missed', () => {
  const fields: Field[] = [
    { name: 'a', label: 'A', type: 'text', required: true },
    { name: 'b', label: 'B', type: 'text', required: true, when: (values) => values['a'] === 'x' },
  ];
  expect(check(fields, { a: 'y' })).toEqual({});
  expect(Object.keys(check(fields, { a: 'x' }))).toEqual(['b']);
});
