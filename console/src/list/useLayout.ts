import { useCallback, useMemo } from 'react';
import { useStored } from '../ui/useStored';
import { isShown, type Column, type Layout } from './column';

const nothing: Layout = { widths: {}, shown: {} };

/** The columns as the reader arranged them; kept in this browser for this person. */
export function useLayout<T>(name: string, columns: Column<T>[]) {
  const [layout, setLayout] = useStored<Layout>(`columns.${name}`, nothing);
  const resize = useCallback(
    (id: string, width: number) => setLayout((old) => ({ ...old, widths: { ...old.widths, [id]: Math.round(width) } })),
    [setLayout],
  );
  const show = useCallback(
    (id: string, on: boolean) => setLayout((old) => ({ ...old, shown: { ...old.shown, [id]: on } })),
    [setLayout],
  );
  const reset = useCallback(() => setLayout(nothing), [setLayout]);
  const shown = useMemo(() => columns.filter((column) => isShown(column, layout)), [columns, layout]);
  return { layout, shown, resize, show, reset };
}

export type LayoutState<T> = ReturnType<typeof useLayout<T>>;
