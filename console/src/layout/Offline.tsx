import { useSyncExternalStore } from 'react';
import { reachable } from '../api/reachable';
import { Button } from '../ui/Button';
import { IconOffline } from '../ui/icons';
import styles from './Offline.module.css';

/** Says that the gateway does not answer, and when it does again. */
export function Offline() {
  const answers = useSyncExternalStore(reachable.subscribe, reachable.get);
  return (
    <div role="status" aria-label="Connection" className={answers ? 'hidden-visually' : styles['bar']}>
      {!answers && (
        <>
          <IconOffline size={16} aria-hidden />
          <span>The gateway does not answer. What you see may be old; the page tries again by itself.</span>
          <Button small onClick={() => void reachable.ask()}>
            Try now
          </Button>
        </>
      )}
    </div>
  );
}
