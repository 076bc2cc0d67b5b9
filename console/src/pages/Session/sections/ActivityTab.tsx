import { useEffect, useMemo, useRef, useState } from 'react';
import type { Session } from '../../../api/types';
import { title } from '../../../format';
import { isMoving, isOver } from '../../../session/states';
import { Button } from '../../../ui/Button';
import { SwitchField } from '../../../ui/fields';
import { IconActivity } from '../../../ui/icons';
import { Nothing } from '../../../ui/Nothing';
import { SearchBox } from '../../../ui/SearchBox';
import { Trouble } from '../../../ui/Trouble';
import { Waiting } from '../../../ui/Waiting';
import { entryAt, useActivity } from '../useActivity';
import type { Playback } from '../usePlayback';
import { ActivityRow } from './ActivityRow';
import styles from './Activity.module.css';

interface Props {
  session: Session;
  seek: ((real: number, connection?: string) => void) | undefined;
  playback: Playback | null;
}

const KINDS = ['command', 'statement', 'request', 'file', 'forward', 'note'];

/** What the user did, in order. A click leads the player there, and the list follows the player. */
export function ActivityTab({ session, seek, playback }: Props) {
  const [text, setText] = useState('');
  const [kind, setKind] = useState('');
  const [follow, setFollow] = useState(true);
  const running = !isOver(session.state);
  const activity = useActivity(session.session_id, { text, kind, follow: () => isMoving(session) });
  const { entries } = activity;
  const list = useRef<HTMLOListElement>(null);
  const mine = useMemo(
    () => entries.filter((entry) => entry.connection_id === playback?.connection),
    [entries, playback?.connection],
  );
  const nowId = playback === null ? undefined : mine[entryAt(mine, playback.at)]?.id;

  useEffect(() => {
    if (!follow || list.current === null) return;
    if (playback === null && running) list.current.scrollTop = list.current.scrollHeight;
    else if (nowId !== undefined) {
      const row = list.current.querySelector<HTMLElement>('[data-now]');
      if (row !== null) list.current.scrollTop = row.offsetTop - list.current.clientHeight / 2;
    }
  }, [follow, nowId, playback, running, entries.length]);

  return (
    <>
      <div className={styles['tools']}>
        <div className={styles['search']}>
          <SearchBox label="Search in commands and output" placeholder="Search" value={text} onChange={setText} />
        </div>
        <label>
          <span className="hidden-visually">Kind</span>
          <select className={styles['select']} value={kind} onChange={(event) => setKind(event.target.value)}>
            <option value="">All</option>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {title(one)}s
              </option>
            ))}
          </select>
        </label>
        <SwitchField label="Follow" value={follow} onChange={setFollow} />
      </div>
      {activity.isPending ? (
        <Waiting label="Loading the activity" />
      ) : activity.error !== null && entries.length === 0 ? (
        <Trouble error={activity.error} retry={() => void activity.refetch()} />
      ) : entries.length === 0 ? (
        <Nothing title={text === '' && kind === '' ? 'Nothing was done yet' : 'Nothing found'} icon={<IconActivity size={26} stroke={1.4} />}>
          {text === '' && kind === '' && session.medium === 'raw' && 'Of plain connections only the connection log is kept.'}
        </Nothing>
      ) : (
        <ol ref={list} className={styles['list']} aria-label="Activity">
          {entries.map((entry) => (
            <ActivityRow key={entry.id} entry={entry} now={entry.id === nowId} seek={seek} />
          ))}
          {activity.hasNextPage && (
            <li className={styles['more']}>
              <Button small busy={activity.isFetchingNextPage} onClick={() => void activity.fetchNextPage()}>
                Show more
              </Button>
            </li>
          )}
        </ol>
      )}
    </>
  );
}
