import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useSyncExternalStore, type RefObject } from 'react';
import { arrivals } from './arrival';

/** Tells screen readers which page one has come to, and takes the focus there, as the browser does with pages that it loads. */
export function Arrival({ main }: { main: RefObject<HTMLElement | null> }) {
  const title = useSyncExternalStore(arrivals.subscribe, arrivals.get);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? '' });
  const before = useRef('');
  useEffect(() => {
    const first = before.current === '';
    if (path === before.current) return;
    before.current = path;
    // A page that has put the focus itself, such as into a form, knows better; so does an open window.
    const { activeElement } = document;
    const taken = main.current?.contains(activeElement) === true && activeElement !== main.current;
    if (!first && !taken && document.querySelector('[role="dialog"]') === null) main.current?.focus({ preventScroll: true });
  }, [path, main]);
  return (
    <div role="status" aria-live="polite" aria-label="Page" className="hidden-visually">
      {title}
    </div>
  );
}
