/** Where one has come to: told to screen readers, because no page is loaded that would say it. */
let place = '';
let title = '';
let latest = '';
const watchers = new Set<() => void>();

/** A page has got its title. It is told once for each address: titles that change later are not a new page. */
export function arrive(name: string): void {
  const { pathname } = window.location;
  if (pathname === place && title !== '') return;
  const first = title === '';
  place = pathname;
  title = name;
  // The browser reads the first page's title by itself.
  if (first) return;
  latest = name;
  for (const watcher of watchers) watcher();
}

export const arrivals = {
  subscribe: (watcher: () => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  get: () => latest,
};
