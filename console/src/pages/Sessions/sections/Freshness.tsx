import type { LiveState } from '../../../api/live';
import { timeOfDay } from '../../../format';
import { IconButton } from '../../../ui/IconButton';
import { IconRefresh } from '../../../ui/icons';
import { Tip } from '../../../ui/Tip';
import styles from '../Sessions.module.css';

const words: Record<LiveState, [string, string]> = {
  open: ['Live', 'Changes appear as they happen'],
  waiting: ['Every 20 s', 'The live stream is down: the list asks every 20 seconds until it is back'],
  paused: ['Paused', 'The tab is hidden'],
};

/** How fresh the list is, and the button that makes it fresher. */
export function Freshness({ state, asOf, busy, onRefresh }: { state: LiveState; asOf: string | null; busy: boolean; onRefresh(): void }) {
  const [word, help] = words[state];
  return (
    <span className={styles['freshness']}>
      <Tip label={help}>
        <span className={styles['freshness']}>
          <span className={styles['dot']} data-state={state} aria-hidden />
          {word}
        </span>
      </Tip>
      {asOf !== null && <span className={styles['asof']}>· updated {timeOfDay(Date.parse(asOf))}</span>}
      <IconButton label="Refresh" disabled={busy} onClick={onRefresh}>
        <IconRefresh size={17} />
      </IconButton>
    </span>
  );
}
