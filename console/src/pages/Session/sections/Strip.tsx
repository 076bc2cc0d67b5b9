import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { ActivityEntry } from '../../../api/types';
import { clock } from '../../../format';
import type { Gap } from '../../../player/timemap';
import { useTheme } from '../../../ui/useTheme';
import styles from '../Session.module.css';
import { entryAt } from '../useActivity';

const BINS = 240;

/** How far a key leads, in milliseconds; Home and End are the browser's own. */
const KEYS: Record<string, number> = {
  ArrowLeft: -5000,
  ArrowDown: -5000,
  ArrowRight: 5000,
  ArrowUp: 5000,
  PageDown: -30_000,
  PageUp: 30_000,
};

interface Props {
  /** Where the picture stands, and how long the recording is, in real milliseconds. */
  at: number;
  length: number;
  gaps: Gap[];
  entries: ActivityEntry[];
  seek(real: number): void;
}

/** The whole recording at a glance: where something was done, where it failed, where nobody did anything. */
export function Strip({ at, length, gaps, entries, seek }: Props) {
  const now = entries[entryAt(entries, at)];
  return (
    <div className={styles['strip']}>
      <Ground entries={entries} gaps={gaps} length={length} />
      <span className={styles['head']} style={{ insetInlineStart: `${length === 0 ? 0 : Math.min(100, (at / length) * 100)}%` }} aria-hidden />
      <input
        type="range"
        aria-label="Position in the recording"
        aria-valuetext={`${clock(at)} of ${clock(length)}${now === undefined ? '' : `, ${now.text}`}`}
        min={0}
        max={Math.max(1, length)}
        value={Math.round(at)}
        onChange={(event) => seek(Number(event.target.value))}
        onKeyDown={(event) => {
          const step = KEYS[event.key];
          if (step === undefined) return;
          event.preventDefault();
          seek(at + step);
        }}
      />
    </div>
  );
}

/** How much was done in each part of the recording. */
export function density(entries: readonly ActivityEntry[], length: number, bins = BINS): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (const entry of entries) {
    const bin = Math.min(bins - 1, Math.floor((entry.t_ms / Math.max(1, length)) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

const Ground = memo(function Ground({ entries, gaps, length }: { entries: ActivityEntry[]; gaps: Gap[]; length: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const { shown } = useTheme();
  const bins = useMemo(() => density(entries, length), [entries, length]);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const watch = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext('2d');
    if (element === null || pen === null || pen === undefined || size.width === 0) return;
    const { width, height } = size;
    const scale = window.devicePixelRatio;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    pen.scale(scale, scale);
    if (length === 0) return;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name);
    const x = (t: number) => (t / length) * width;
    pen.strokeStyle = colour('--border-strong');
    for (const gap of gaps) {
      const [from, to] = [x(gap.real_ms - gap.cut_ms), x(gap.real_ms)];
      if (to - from < 4) continue;
      pen.save();
      pen.beginPath();
      pen.rect(from, 10, to - from, height - 10);
      pen.clip();
      pen.beginPath();
      for (let at = from - height; at < to; at += 6) {
        pen.moveTo(at, height);
        pen.lineTo(at + height, 0);
      }
      pen.stroke();
      pen.restore();
    }
    const most = Math.max(1, ...bins);
    pen.fillStyle = colour('--accent-fill');
    bins.forEach((n, bin) => {
      if (n === 0) return;
      const tall = 6 + (n / most) * (height - 18);
      pen.fillRect((bin / BINS) * width, height - tall, width / BINS - 0.6, tall);
    });
    for (const entry of entries) {
      const look = markOf(entry);
      if (look === null) continue;
      pen.fillStyle = colour(look);
      pen.fillRect(x(entry.t_ms) - 1, 0, 2, 9);
    }
  }, [bins, entries, gaps, length, size, shown]);
  return <canvas ref={canvas} aria-hidden />;
});

function markOf(entry: ActivityEntry): string | null {
  if (entry.outcome === 'failed' || entry.outcome === 'refused') return '--danger-fill';
  if (entry.kind === 'note') return '--warn-mark';
  return entry.kind === 'file' ? '--info-mark' : null;
}
