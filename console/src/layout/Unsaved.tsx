import { useBlocker } from '@tanstack/react-router';
import { useRef } from 'react';
import { Confirm } from '../ui/Confirm';

/** Asks before a page is left on which something is not saved. `saved` lets the next step through, as after saving. */
export function useUnsaved() {
  const changed = useRef(false);
  return {
    /** To be told what is not saved; `null` for nothing. */
    onChanged: useRef((values: unknown) => {
      changed.current = values !== null;
    }).current,
    saved: useRef(() => {
      changed.current = false;
    }).current,
    changed,
  };
}

interface Props {
  changed: React.RefObject<boolean>;
  /** Nothing is lost by what changes in the address of the same page, such as its tab. */
  keepsTabs?: boolean;
}

export function Unsaved({ changed, keepsTabs = false }: Props) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => changed.current && !(keepsTabs && current.pathname === next.pathname),
    enableBeforeUnload: () => changed.current,
    withResolver: true,
  });
  const asked = blocker.status === 'blocked';
  return (
    <Confirm open={asked} title="Leave without saving?" act="Leave" keep="Stay" onAct={() => blocker.proceed?.()} onClose={() => blocker.reset?.()}>
      <p>What you have changed on this page is lost when you leave it.</p>
    </Confirm>
  );
}
