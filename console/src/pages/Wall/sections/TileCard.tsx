import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Session, Verb } from '../../../api/types';
import type { Flow } from '../../../player/tile';
import type { OrderVerb } from '../../../session/orders';
import { Running } from '../../../session/Running';
import { StateMark } from '../../../session/StateMark';
import { reasonWords } from '../../../session/states';
import { TypeTag } from '../../../session/TypeTag';
import { Who, whoText } from '../../../session/Who';
import { title } from '../../../format';
import { Button } from '../../../ui/Button';
import { IconLock, IconLockOpen, IconStop } from '../../../ui/icons';
import type { Tile } from '../wall';
import { hasPicture, hasScreen } from '../wall';
import styles from '../Wall.module.css';
import { Counters } from './Counters';
import { Screen } from './Screen';

interface Props {
  tile: Tile;
  /** From one; the key that leads here. */
  number: number;
  flow: Flow;
  watch(element: HTMLElement | null): (() => void) | undefined;
  onAsk(verb: OrderVerb, session: Session): void;
}

/** One session on the wall: who is where, the screen, how it stands, and what can be done. */
export const TileCard = memo(function TileCard({ tile, number, flow, watch, onAsk }: Props) {
  const { session, left } = tile;
  const can = (verb: Verb) => left === null && session.authorized_actions.includes(verb);
  const name = whoText(session);
  return (
    <li ref={watch} data-id={session.session_id} data-state={session.state} data-left={left !== null || undefined} className={styles['tile']}>
      <div className={styles['title']}>
        <span className={styles['number']} aria-hidden>
          {number}
        </span>
        <Link to="/sessions/$id" params={{ id: session.session_id }} search={{}} className={styles['who']} data-jump={number} title={name}>
          <Who session={session} />
        </Link>
        <TypeTag type={session.resource.type} engine={session.resource.engine} />
      </div>
      <div className={styles['screen']} data-plain={!hasScreen(session) || undefined}>
        {!hasScreen(session) ? (
          <Counters session={session} />
        ) : hasPicture(session) || left !== null ? (
          <Screen session={session} flow={left === null ? flow : 'paused'} />
        ) : (
          <span className={styles['over']}>You may not watch this session</span>
        )}
        {left !== null && (
          <div className={styles['ended']}>
            <StateMark state={session.state} />
            <span>{session.end_reason === null ? 'Nobody is connected any more' : title(reasonWords(session.end_reason))}</span>
          </div>
        )}
      </div>
      <div className={styles['foot']}>
        <StateMark state={session.state} />
        <span className="muted">
          <Running session={session} />
        </span>
        <span className={styles['space']} />
        <span className={styles['orders']}>
          {can('unlock') && (
            <Button small icon={<IconLockOpen size={14} />} aria-label={`Unlock ${name}`} onClick={() => onAsk('unlock', session)}>
              Unlock
            </Button>
          )}
          {can('lock') && !can('unlock') && (
            <Button small icon={<IconLock size={14} />} aria-label={`Lock ${name}`} onClick={() => onAsk('lock', session)}>
              Lock
            </Button>
          )}
          {can('terminate') && (
            <Button small tone="danger" icon={<IconStop size={12} />} aria-label={`Terminate ${name}`} onClick={() => onAsk('terminate', session)}>
              Terminate
            </Button>
          )}
        </span>
      </div>
    </li>
  );
});
