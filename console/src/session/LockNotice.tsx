import { Moment } from '../ui/Moment';
import { Notice } from '../ui/Notice';

interface Lock {
  by: string;
  title: string;
  message: string;
  at?: string;
}

/** For whoever is in a session that is locked: by whom, and what was said. Read out when it appears. */
export function LockNotice({ lock, effect }: { lock: Lock; effect: string }) {
  return (
    <div role="status">
      <Notice
        tone="lock"
        title={
          <>
            Locked by {lock.by} {lock.at !== undefined && <Moment at={lock.at} />}
            {lock.title !== '' && `: ${lock.title}`}
          </>
        }
      >
        {lock.message !== '' && <div>{lock.message}</div>}
        <div className="muted">{effect}</div>
      </Notice>
    </div>
  );
}
