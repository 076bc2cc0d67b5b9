import { useCallback, useMemo, useState } from 'react';

/** Rows that are ticked, by their key: they stay ticked when the list is read again. */
export function useSelection() {
  const [picked, setPicked] = useState<ReadonlySet<string>>(() => new Set());
  const toggle = useCallback((keys: string[], on: boolean) => {
    setPicked((old) => {
      const next = new Set(old);
      for (const key of keys) {
        if (on) next.add(key);
        else next.delete(key);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => setPicked(new Set()), []);
  return useMemo(() => ({ picked, toggle, clear }), [picked, toggle, clear]);
}

export type Selection = ReturnType<typeof useSelection>;
