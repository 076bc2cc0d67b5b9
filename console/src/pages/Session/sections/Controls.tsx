import type { Session } from '../../../api/types';
import { clock, moment } from '../../../format';
import { copyText } from '../../../ui/Copy';
import { SwitchField } from '../../../ui/fields';
import { IconButton } from '../../../ui/IconButton';
import { IconLink, IconMaximize, IconPause, IconPlay, IconSkipBack, IconSkipForward } from '../../../ui/icons';
import { toast } from '../../../ui/toast';
import styles from '../Session.module.css';
import { TrackChoice } from './TrackChoice';
import { SPEEDS, type Playback } from '../usePlayback';

/** Play, speed, idle time and the link to this moment. */
export function Controls({ session, playback, jump }: { session: Session; playback: Playback; jump(by: 1 | -1): void }) {
  const copyLink = async () => {
    const which = session.connections.length > 1 && playback.connection !== undefined ? `&connection=${playback.connection}` : '';
    const link = `${location.origin}/sessions/${session.session_id}/replay?t=${moment(playback.at)}${which}`;
    if (await copyText(link)) toast(`Link to ${clock(playback.at)} copied`);
    else toast('The browser does not let this page use the clipboard', true);
  };
  return (
    <div className={styles['controls']} role="group" aria-label="Playback">
      <IconButton label={playback.playing ? 'Pause (space)' : 'Play (space)'} onClick={playback.toggle}>
        {playback.playing ? <IconPause size={17} /> : <IconPlay size={17} />}
      </IconButton>
      <IconButton label="Command before ([)" onClick={() => jump(-1)}>
        <IconSkipBack size={15} />
      </IconButton>
      <IconButton label="Command after (])" onClick={() => jump(1)}>
        <IconSkipForward size={15} />
      </IconButton>
      <span className={styles['time']}>
        {clock(playback.at)} <span className="muted">/ {clock(playback.length)}</span>
      </span>
      <span className={styles['space']} />
      <TrackChoice session={session} playback={playback} />
      <span className={styles['skip']}>
        <SwitchField label="Skip idle" value={playback.skipIdle} onChange={playback.setSkipIdle} />
      </span>
      <label className={styles['speed']}>
        Speed
        <select value={playback.speed} onChange={(event) => playback.setSpeed(Number(event.target.value))}>
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <IconButton label="Copy the link to this moment" onClick={() => void copyLink()}>
        <IconLink size={17} />
      </IconButton>
      <IconButton label="Full screen" onClick={() => void playback.box.current?.requestFullscreen()}>
        <IconMaximize size={16} />
      </IconButton>
    </div>
  );
}
