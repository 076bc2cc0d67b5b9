import { useEffect, useRef, useState } from 'react';
import type { Session } from '../../../api/types';
import { mountTile, type Flow, type TileView } from '../../../player/tile';
import { IconPause } from '../../../ui/icons';
import styles from '../Wall.module.css';

/** The screen of a session, small. It is set up when it first moves, and keeps its last picture when it pauses. */
export function Screen({ session, flow }: { session: Session; flow: Flow }) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<TileView | null>(null);
  const wanted = useRef(flow);
  const [begun, setBegun] = useState(false);
  const [picture, setPicture] = useState(false);
  const [failed, setFailed] = useState(false);
  const id = session.session_id;
  if (flow === 'moving' && !begun) setBegun(true);

  useEffect(() => {
    wanted.current = flow;
    view.current?.flow(flow);
  }, [flow]);

  useEffect(() => {
    const element = box.current;
    if (!begun || element === null) return undefined;
    let gone = false;
    mountTile(element, `/v1/sessions/${encodeURIComponent(id)}/live`, { shown: () => !gone && setPicture(true) })
      .then((made) => {
        if (gone) {
          made.dispose();
          return;
        }
        view.current = made;
        made.flow(wanted.current);
      })
      .catch(() => !gone && setFailed(true));
    return () => {
      gone = true;
      view.current?.dispose();
      view.current = null;
    };
  }, [begun, id]);

  return (
    <>
      <div className={styles['picture']} role="img" aria-label={`Screen of ${session.user.name} on ${session.resource.name}`}>
        {/* The player would take the focus on the way to what can be done. */}
        <div ref={box} inert style={{ height: '100%' }} />
      </div>
      {failed ? (
        <span className={styles['over']}>The screen cannot be shown</span>
      ) : flow === 'paused' ? (
        <span className={picture ? styles['corner'] : styles['over']}>
          <IconPause size={13} aria-hidden /> Paused
        </span>
      ) : (
        !picture && <span className={styles['over']}>Joining…</span>
      )}
    </>
  );
}
