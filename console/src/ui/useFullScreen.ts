import { useCallback, useSyncExternalStore } from 'react';

const subscribe = (watcher: () => void) => {
  document.addEventListener('fullscreenchange', watcher);
  return () => document.removeEventListener('fullscreenchange', watcher);
};

/**
 * The whole window on the whole screen, and back. It is always the whole document, so that dialogs and messages stay in
 * sight; the page hides what it can do without.
 */
export function useFullScreen(): { full: boolean; toggle(): void } {
  const full = useSyncExternalStore(subscribe, () => document.fullscreenElement !== null);
  const toggle = useCallback(() => {
    // Refused where a frame or a policy does not allow it: then nothing changes.
    const done = document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen();
    done.catch(() => {});
  }, []);
  return { full, toggle };
}
