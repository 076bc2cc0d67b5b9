import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Session } from '../../api/types';
import { count } from '../../format';
import { Page } from '../../layout/Page';
import type { Flow } from '../../player/tile';
import { OrderDialog } from '../../session/OrderDialog';
import type { OrderVerb } from '../../session/orders';
import { Button } from '../../ui/Button';
import { IconMaximize, IconWall } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { Trouble } from '../../ui/Trouble';
import { useFullScreen } from '../../ui/useFullScreen';
import { useHotkeys } from '../../ui/useHotkeys';
import { Waiting } from '../../ui/Waiting';
import { TileCard } from './sections/TileCard';
import { useInSight } from './useInSight';
import { useJump } from './useJump';
import { useWall } from './useWall';
import { hasPicture, MOST_MOVING, moving } from './wall';
import styles from './Wall.module.css';

/** The sessions that run, side by side, as they run. */
export function Wall() {
  const { tiles, put, total, loading, error, retry } = useWall();
  const { inSight, watch } = useInSight();
  const { full, toggle } = useFullScreen();
  const [asked, setAsked] = useState<{ verb: OrderVerb; session: Session } | null>(null);
  const wall = useRef<HTMLDivElement>(null);

  const withPicture = useMemo(
    () => tiles.filter((tile) => tile.left === null && hasPicture(tile.session)).map((tile) => tile.session.session_id),
    [tiles],
  );
  const before = useRef<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => moving(withPicture, inSight, before.current), [withPicture, inSight]);
  useEffect(() => {
    before.current = chosen;
  }, [chosen]);
  const flowOf = (id: string): Flow => (!chosen.has(id) ? 'paused' : inSight.has(id) ? 'moving' : 'unseen');
  const paused = withPicture.filter((id) => inSight.has(id) && !chosen.has(id)).length;

  const jump = useJump((number) => {
    const link = wall.current?.querySelector<HTMLElement>(`[data-jump="${number}"]`);
    link?.focus();
    link?.closest('li')?.scrollIntoView({ block: 'nearest' });
    return link != null;
  });
  useHotkeys({ ...jump, f: toggle });
  const ask = useCallback((verb: OrderVerb, session: Session) => setAsked({ verb, session }), []);
  const running = tiles.filter((tile) => tile.left === null).length;

  return (
    <div ref={wall} className={styles['page']} data-full={full || undefined}>
      <Page
        title="Live wall"
        note={
          <span role="status">
            {loading ? 'Loading…' : `${count(total)} ${total === 1 ? 'session runs' : 'sessions run'}`}
            {total > running && running > 0 && `; here are the newest ${count(running)}`}
            {paused > 0 && `. At most ${MOST_MOVING} move at a time: ${paused} in sight ${paused === 1 ? 'is' : 'are'} paused`}
          </span>
        }
        actions={
          <Button small icon={<IconMaximize size={15} />} aria-pressed={full} aria-keyshortcuts="f" onClick={toggle}>
            {full ? 'Leave full screen' : 'Full screen'}
          </Button>
        }
      >
        {loading ? (
          <Waiting label="Looking for sessions" />
        ) : error !== null ? (
          <Trouble error={error} retry={retry} />
        ) : tiles.length === 0 ? (
          <Nothing title="Nobody is connected" icon={<IconWall size={30} stroke={1.3} />}>
            Sessions appear here by themselves as soon as they run.
          </Nothing>
        ) : (
          <>
            <p className={`muted ${styles['keys']}`}>
              <kbd>1</kbd>–<kbd>9</kbd> lead to a tile, <kbd>Enter</kbd> opens its session, <kbd>Tab</kbd> reaches what can be done, <kbd>F</kbd>{' '}
              fills the screen.
            </p>
            <ul className={styles['tiles']} aria-label="Running sessions">
              {tiles.map((tile, at) => (
                <TileCard
                  key={tile.session.session_id}
                  tile={tile}
                  number={at + 1}
                  flow={flowOf(tile.session.session_id)}
                  watch={watch}
                  onAsk={ask}
                />
              ))}
            </ul>
          </>
        )}
      </Page>
      <OrderDialog
        verb={asked?.verb ?? null}
        sessions={asked === null ? [] : [asked.session]}
        onClose={() => setAsked(null)}
        onDone={(changed) => {
          for (const one of changed) put(one);
        }}
      />
    </div>
  );
}
