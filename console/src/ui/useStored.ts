import { useCallback, useState } from 'react';

/** A small preference that survives a reload. */
export function useStored<T>(key: string, first: T): [T, (next: T | ((old: T) => T)) => void] {
  const name = `doorward.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(name);
      return text === null ? first : (JSON.parse(text) as T);
    } catch {
      return first;
    }
  });
  const store = useCallback(
    (next: T | ((old: T) => T)) => {
      setValue((old) => {
        const now = typeof next === 'function' ? (next as (old: T) => T)(old) : next;
        try {
          localStorage.setItem(name, JSON.stringify(now));
        } catch {
          // Full or forbidden: the preference lasts as long as the page.
        }
        return now;
      });
    },
    [name],
  );
  return [value, store];
}
