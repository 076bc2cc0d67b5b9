import { useSyncExternalStore } from 'react';

function watch(query: string) {
  const list = () => window.matchMedia(query);
  return {
    subscribe: (watcher: () => void) => {
      const media = list();
      media.addEventListener('change', watcher);
      return () => media.removeEventListener('change', watcher);
    },
    get: () => list().matches,
  };
}

const narrow = watch('(max-width: 700px)');
const medium = watch('(max-width: 1000px)');

/** The window is as narrow as a telephone. */
export const useNarrow = (): boolean => useSyncExternalStore(narrow.subscribe, narrow.get);

/** There is no room for two panes. */
export const useOnePane = (): boolean => useSyncExternalStore(medium.subscribe, medium.get);
