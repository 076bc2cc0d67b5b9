import { useCallback, useEffect, useRef, useState } from 'react';

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && [...a].every((one) => b.has(one));

/** Which of the watched elements can be seen, each by its `data-id`. In a hidden tab none can. */
export function useInSight() {
  const [inSight, setInSight] = useState<ReadonlySet<string>>(() => new Set());
  const seen = useRef(new Set<string>());
  const observer = useRef<IntersectionObserver | null>(null);

  const say = useCallback(() => {
    const now: ReadonlySet<string> = document.hidden ? new Set() : new Set(seen.current);
    setInSight((old) => (same(old, now) ? old : now));
  }, []);

  useEffect(() => {
    document.addEventListener('visibilitychange', say);
    return () => document.removeEventListener('visibilitychange', say);
  }, [say]);

  /** For `ref`: watches the element as long as it stands. */
  const watch = useCallback(
    (element: HTMLElement | null) => {
      const id = element?.dataset['id'];
      if (element === null || id === undefined) return undefined;
      observer.current ??= new IntersectionObserver((entries) => {
        for (const entry of entries) {
          const of = (entry.target as HTMLElement).dataset['id'] ?? '';
          if (entry.isIntersecting) seen.current.add(of);
          else seen.current.delete(of);
        }
        say();
      });
      const { current } = observer;
      current.observe(element);
      return () => {
        current.unobserve(element);
        seen.current.delete(id);
        say();
      };
    },
    [say],
  );
  return { inSight, watch };
}
