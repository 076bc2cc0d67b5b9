import { IconBan, IconCheck, IconClock, IconLock, IconStop, IconWarning, IconX } from '../ui/icons';
import { stateInfo, type Look } from './states';
import styles from './StateMark.module.css';

const icons: Record<Exclude<Look, 'live'>, typeof IconCheck> = {
  wait: IconClock,
  hold: IconLock,
  done: IconCheck,
  off: IconX,
  stop: IconStop,
  bad: IconWarning,
};

/** A state: as a word, by colour and by shape. Only `active` moves. `held`: a statement in it waits for reviewers. */
export function StateMark({ state, strong = false, held = false }: { state: string; strong?: boolean; held?: boolean }) {
  const { word, look, help } = held ? { word: `${stateInfo(state).word}, held`, look: 'wait' as const, help: 'A statement waits for approval' } : stateInfo(state);
  const Icon = look === 'live' ? undefined : state === 'denied' ? IconBan : icons[look];
  return (
    <span className={`${styles['mark']} ${styles[look]} ${strong ? styles['strong'] : ''}`} title={help}>
      {Icon === undefined ? (
        <span className={styles['pulse']} aria-hidden />
      ) : (
        <Icon size={look === 'stop' ? 11 : 14} className={styles['icon']} aria-hidden />
      )}
      {word}
    </span>
  );
}
