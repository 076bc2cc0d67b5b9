import { useCallback, type KeyboardEvent } from 'react';

interface Keys {
  count: number;
  active: number;
  page: number;
  move(to: number): void;
  open(index: number): void;
  pick: ((index: number) => void) | undefined;
  /** Shows more of a row without leaving the list; without it, Space picks. */
  preview?: ((index: number) => void) | undefined;
}

/** Moving through a list with the keyboard. Gives the handler and the same keys for the whole page. */
export function useRowKeys({ count, active, page, move, open, pick, preview }: Keys) {
  const act = useCallback(
    (key: string): boolean => {
      const to = (index: number) => move(Math.min(count - 1, Math.max(0, index)));
      if (count === 0) return false;
      switch (key) {
        case 'j':
        case 'ArrowDown':
          to(active + 1);
          return true;
        case 'k':
        case 'ArrowUp':
          to(active < 0 ? 0 : active - 1);
          return true;
        case 'PageDown':
          to(active + page);
          return true;
        case 'PageUp':
          to(active - page);
          return true;
        case 'Home':
          to(0);
          return true;
        case 'End':
          to(count - 1);
          return true;
        case 'Enter':
          if (active < 0) return false;
          open(active);
          return true;
        case ' ':
        case 'x': {
          const act = key === ' ' ? (preview ?? pick) : pick;
          if (active < 0 || act === undefined) return false;
          act(active);
          return true;
        }
        default:
          return false;
      }
    },
    [count, active, page, move, open, pick, preview],
  );
  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
      if (act(event.key)) event.preventDefault();
    },
    [act],
  );
  return { act, onKeyDown };
}
