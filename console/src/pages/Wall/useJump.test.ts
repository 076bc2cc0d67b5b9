import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useJump } from './useJump';

let went: number[];
const setUp = (tiles: number) =>
  renderHook(() =>
    useJump((number) => {
      if (number > tiles) return false;
      went.push(number);
      return true;
    }),
  ).result;
const press = (keys: { current: Record<string, () => void> }, digit: string) => act(() => keys.current[digit]?.());

beforeEach(() => {
  vi.useFakeTimers();
  went = [];
});
afterEach(() => vi.useRealTimers());

it('leads to the tile with the number of the key, and 0 to the tenth', () => {
  const keys = setUp(10);
  press(keys, '3');
  vi.advanceTimersByTime(1000);
  press(keys, '0');
  expect(went).toEqual([3, 10]);
});

it('takes two digits in a row as one number', () => {
  const keys = setUp(20);
  press(keys, '1');
  press(keys, '7');
  expect(went).toEqual([1, 17]);
});

it('takes two digits as two where no tile has that number, and after a moment', () => {
  const keys = setUp(12);
  press(keys, '1');
  press(keys, '3');
  vi.advanceTimersByTime(1000);
  press(keys, '1');
  vi.advanceTimersByTime(1000);
  press(keys, '2');
  expect(went).toEqual([1, 3, 1, 2]);
});
