import { describe, expect, it } from 'vitest';
import { bytes, clock, duration, elapsed, moment, parseMoment, relative } from './format';

describe('durations', () => {
  it('show two digits below the first unit', () => {
    expect(duration(0)).toBe('0s');
    expect(duration(249_999)).toBe('4m 09s');
    expect(duration(3_789_000)).toBe('1h 03m 09s');
    expect(duration(90_061_000)).toBe('1d 01h 01m');
  });
  it('never go below zero', () => expect(duration(-5000)).toBe('0s'));
  it('keep what is below a second where it matters', () => {
    expect(elapsed(84.2)).toBe('84 ms');
    expect(elapsed(1400)).toBe('1.4 s');
  });
});

describe('moments in links', () => {
  it.each([
    ['1m23s', 83_000],
    ['83s', 83_000],
    ['83', 83_000],
    ['1h2m3s', 3_723_000],
    ['1:23', 83_000],
    ['1:02:03', 3_723_000],
    ['2.5s', 2500],
  ])('%s is %d ms', (text, ms) => expect(parseMoment(text)).toBe(ms));
  it.each(['', 'abc', '1x', '1:2:3:4', '-5s'])('%j is none', (text) => expect(parseMoment(text)).toBeNull());
  it('are read as they are written', () => {
    for (const ms of [0, 7000, 83_000, 83_456, 3_600_000, 3_723_000]) expect(parseMoment(moment(ms))).toBe(ms);
  });
});

describe('sizes', () => {
  it('use binary units', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(1023)).toBe('1023 B');
    expect(bytes(4200)).toBe('4.1 KiB');
    expect(bytes(2 ** 30)).toBe('1.0 GiB');
  });
});

it('a clock leaves hours out until there are any', () => {
  expect(clock(7000)).toBe('0:07');
  expect(clock(3_729_000)).toBe('1:02:09');
});

describe('relative times', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  it('tell near from far and past from future', () => {
    expect(relative(now - 2000, now)).toBe('now');
    expect(relative(now - 180_000, now)).toBe('3m ago');
    expect(relative(now + 7_500_000, now)).toBe('in 2h 05m');
    expect(relative(now - 400 * 86_400_000, now)).toMatch(/2025/);
  });
});
