import { describe, expect, it } from 'vitest';
import { blank, wordsOf, wrongIn, wrongTime, zones } from './windows';

describe('a window', () => {
  it('is said as the gateway says it to those whom it refuses', () => {
    const words = (days: string[]) => wordsOf({ days, from: '22:00', to: '06:00', zone: 'Europe/Berlin' });
    expect(words(['fri', 'mon', 'tue', 'wed', 'thu'])).toBe('weekdays 22:00–06:00 Europe/Berlin');
    expect(words(['sun', 'sat'])).toBe('weekends 22:00–06:00 Europe/Berlin');
    expect(words(['wed', 'mon'])).toBe('Mon, Wed 22:00–06:00 Europe/Berlin');
    expect(words([])).toBe('every day 22:00–06:00 Europe/Berlin');
  });

  it('has times of day', () => {
    expect(['00:00', '23:59', '24:00', '08:00:30'].map(wrongTime)).toEqual([undefined, undefined, undefined, undefined]);
    expect(['8:00', '24:01', '12:60', ''].map(wrongTime)).toEqual(Array.from({ length: 4 }, () => 'Write it like 08:00'));
  });

  it('has two different ones', () => {
    const hours = (from: string, to: string) => ({ ...blank(), from, to });
    expect(wrongIn([hours('08:00', '18:00'), hours('22:00', '06:00')])).toBeUndefined();
    expect(wrongIn([hours('08:00', '18:00'), hours('08:00', '08:00')])).toMatch(/^Hours 2 need/);
    expect(wrongIn(undefined)).toBeUndefined();
  });

  it('can be in any zone, and in the one that is written', () => {
    expect(zones('Etc/GMT+7')).toEqual(expect.arrayContaining(['UTC', 'Europe/Berlin', 'Etc/GMT+7', blank().zone]));
    expect(zones('UTC').filter((zone) => zone === 'UTC')).toHaveLength(1);
  });
});
