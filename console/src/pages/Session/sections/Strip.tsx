import { memo, useMemo } from 'react';
import type { ActivityEntry } from '../../../api/types';
import { clock } from '../../../format';
import type { Gap } from '../../../player/timemap';
import styles from '../Session.module.css';
import { entryAt } from '../useActivity';
import type { Playback } from '../usePlayback';

const BINS = 240;
const W = 1000;
const H = 44;

/** The whole recording at a glance: where something was done, where it failed, where nobody did anything. */
export function Strip({ playback, entries }: { playback: Playback; entries: ActivityEntry[] }) {
  const { at, length, gaps, seek } = playback;
  const x = length === 0 ? 0 : (at / length) * W;
  const now = entries[entryAt(entries, at)];
  return (
    <div className={styles['strip']}>
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" aria-hidden>
        <Ground entries={entries} gaps={gaps} length={length} />
        <rect className={styles['head']} x={Math.max(0, x - 1)} y={0} width={2} height={H} />
      </svg>
      <input
        type="range"
        aria-label="Position in the recording"
        aria-valuetext={`${clock(at)} of ${clock(length)}${now === undefined ? '' : `, ${now.text}`}`}
        min={0}
        max={Math.max(1, length)}
        step={1000}
        value={at}
        onChange={(event) => seek(Number(event.target.value))}
      />
    </div>
  );
}

const Ground = memo(function Ground({ entries, gaps, length }: { entries: ActivityEntry[]; gaps: Gap[]; length: number }) {
  const bins = useMemo(() => {
    const counts = Array.from({ length: BINS }, () => 0);
    for (const entry of entries) {
      const bin = Math.min(BINS - 1, Math.floor((entry.t_ms / Math.max(1, length)) * BINS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts;
  }, [entries, length]);
  if (length === 0) return null;
  const most = Math.max(1, ...bins);
  return (
    <>
      <defs>
        <pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line className={styles['hatch']} x1="0" y1="0" x2="0" y2="6" strokeWidth="1.5" />
        </pattern>
      </defs>
      {gaps
        .filter((gap) => gap.cut_ms / length > 0.006)
        .map((gap) => (
        <rect key={gap.real_ms} className={styles['gap']} x={((gap.real_ms - gap.cut_ms) / length) * W} y={10} width={(gap.cut_ms / length) * W} height={H - 10} />
      ))}
      {bins.map((n, bin) => {
        if (n === 0) return null;
        const height = 6 + (n / most) * (H - 18);
        // Bins stand in order and never change places.
        // oxlint-disable-next-line react/no-array-index-key
        return <rect key={bin} className={styles['density']} x={(bin / BINS) * W} y={H - height} width={W / BINS - 0.6} height={height} />;
      })}
      {entries.map((entry) => {
        const look = entry.outcome === 'failed' || entry.outcome === 'refused' ? 'bad' : entry.kind === 'note' ? 'mark' : entry.kind === 'file' ? 'fileop' : null;
        return look === null ? null : (
          <rect key={entry.id} className={styles[look]} x={(entry.t_ms / length) * W - 1} y={0} width={2} height={9} />
        );
      })}
    </>
  );
});
