import { useEffect, useMemo, useRef, useState } from 'react';
import type { Session } from '../../../api/types';
import { mountLive, type TerminalView } from '../../../player/terminal';
import { Button } from '../../../ui/Button';
import { IconMaximize, IconRewind } from '../../../ui/icons';
import { Problem } from '../../../api/problem';
import { Notice } from '../../../ui/Notice';
import type { Gap } from '../../../player/timemap';
import { isMoving } from '../../../session/states';
import { useSecond } from '../../../ui/useNow';
import styles from '../Session.module.css';
import { useActivity } from '../useActivity';
import { Strip } from './Strip';

const BACK_MS = 10_000;
const NO_GAPS: Gap[] = [];

interface Props {
  session: Session;
  /** Shows an earlier moment, of the connection that is watched. */
  rewind(at: number, connection?: string): void;
}

/** The screen of a session as it runs. */
export function LiveStage({ session, rewind }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [showing, setShowing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const id = session.session_id;
  // The newest one that is open: an earlier connection of the same session has nothing more to show.
  const open = session.connections.findLast((one) => one.closed_at === null);
  const connection = open?.id;
  const now = useSecond();
  const length = open?.opened_at == null ? 0 : Math.max(0, now - Date.parse(open.opened_at));
  const activity = useActivity(id, { follow: () => isMoving(session) });
  const entries = useMemo(() => activity.entries.filter((entry) => entry.connection_id === connection), [activity.entries, connection]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let gone = false;
    let view: TerminalView | null = null;
    const which = connection === undefined ? '' : `?connection=${encodeURIComponent(connection)}`;
    mountLive(element, `/v1/sessions/${encodeURIComponent(id)}/live${which}`, {
      playing: () => !gone && setShowing(true),
      ended: () => !gone && setShowing(false),
    })
      .then((made) => {
        if (gone) made.dispose();
        else view = made;
      })
      .catch((thrown: unknown) => !gone && setError(thrown));
    return () => {
      gone = true;
      view?.dispose();
    };
  }, [id, connection]);

  return (
    <>
      <div className={styles['screen']}>
        <div ref={box} className={styles['screenbox']} role="img" aria-label={`Screen of ${session.user.name} on ${session.resource.name}; the activity log tells the same in words`} />
        {error !== null && (
          <div className={styles['over']}>
            <Notice tone="danger" title="The live screen cannot be shown">
              {Problem.of(error).message}
            </Notice>
          </div>
        )}
      </div>
      <Strip at={length} length={length} gaps={NO_GAPS} entries={entries} seek={(at) => rewind(at, connection)} />
      <div className={styles['livebar']}>
        <span role="status">
          {session.state === 'locked' ? 'Locked: the user sees the lock, the screen stands still' : showing ? 'You watch as it happens' : 'Joining…'}
        </span>
        <span className={styles['space']} />
        <Button small tone="quiet" icon={<IconRewind size={15} />} onClick={() => rewind(length - BACK_MS, connection)}>
          Rewind
        </Button>
        <Button small tone="quiet" icon={<IconMaximize size={15} />} onClick={() => void box.current?.requestFullscreen()}>
          Full screen
        </Button>
      </div>
    </>
  );
}
