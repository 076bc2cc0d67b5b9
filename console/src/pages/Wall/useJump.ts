import { useEffect, useRef } from 'react';

/** Two digits within this time are one number. */
const PAIR_MS = 700;

/** Number keys lead to the tile with that number; `0` is the tenth, and two digits in a row are one number. */
export function useJump(go: (number: number) => boolean): Record<string, () => void> {
  const before = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const press = (digit: number) => {
    clearTimeout(timer.current);
    if (before.current > 0 && go(before.current * 10 + digit)) {
      before.current = 0;
      return;
    }
    go(digit === 0 ? 10 : digit);
    before.current = digit;
    timer.current = setTimeout(() => {
      before.current = 0;
    }, PAIR_MS);
  };
  return Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [String(digit), () => press(digit)]));
}
