import { useMemo } from 'react';
import type { Session } from '../../../api/types';
import { clock } from '../../../format';
import { Button } from '../../../ui/Button';
import { IconBroadcast, IconTerminal } from '../../../ui/icons';
import { Nothing } from '../../../ui/Nothing';
import { Trouble } from '../../../ui/Trouble';
import { isMoving } from '../../../session/states';
import { useHotkeys } from '../../../ui/useHotkeys';
import { Waiting } from '../../../ui/Waiting';
import styles from '../Session.module.css';
import { entryAt, useActivity } from '../useActivity';
import { nextSpeed, type Playback } from '../usePlayback';
import { Controls } from './Controls';
import { Strip } from './Strip';

const STEP_MS = 5000;

/** The recording, its controls and the strip below. */
export function ReplayStage({ session, playback, goLive }: { session: Session; playback: Playback; goLive?: () => void }) {
  const activity = useActivity(session.session_id, { follow: () => isMoving(session) });
  const { at, seek, connection } = playback;
  const entries = useMemo(
    () => activity.entries.filter((entry) => entry.connection_id === connection),
    [activity.entries, connection],
  );
  /** To the command before or after; going back within the first second leads to the one before. */
  const jump = (by: 1 | -1) => {
    const now = entryAt(entries, by < 0 ? at - 1000 : at);
    const to = entries[by < 0 ? now : now + 1];
    if (to !== undefined) seek(to.t_ms);
    else if (by < 0) seek(0);
  };
  useHotkeys({
    ' ': playback.toggle,
    ArrowLeft: () => seek(at - STEP_MS),
    ArrowRight: () => seek(at + STEP_MS),
    '[': () => jump(-1),
    ']': () => jump(1),
    '<': () => playback.setSpeed(nextSpeed(playback.speed, -1)),
    '>': () => playback.setSpeed(nextSpeed(playback.speed, 1)),
  });
  return (
    <>
      {goLive !== undefined && (
        <div className={styles['rewound']} role="status">
          An earlier moment; the session goes on
          <span className={styles['space']} />
          <Button small tone="primary" icon={<IconBroadcast size={15} />} onClick={goLive}>
            Go live
          </Button>
        </div>
      )}
      <div className={styles['screen']}>
        <div
          ref={playback.box}
          className={styles['screenbox']}
          role="img"
          aria-label={`Screen at ${clock(at)}; the activity log tells the same in words`}
          onClick={playback.toggle}
        />
        {playback.error !== null ? (
          <div className={styles['over']}>
            <Trouble error={playback.error} />
          </div>
        ) : (
          <>
            {!playback.ready && (
              <div className={styles['over']}>
                <Waiting label="Opening the recording" />
              </div>
            )}
            {playback.empty && (
              <div className={styles['over']}>
                <Nothing title="No screen was used" icon={<IconTerminal size={30} stroke={1.3} />}>
                  What was done is in the activity and file logs.
                </Nothing>
              </div>
            )}
          </>
        )}
      </div>
      <Strip at={at} length={playback.length} gaps={playback.gaps} entries={entries} seek={seek} />
      <Controls session={session} playback={playback} jump={jump} />
    </>
  );
}
