/** What the browser did while something ran, read from its own trace. */
import type { CDPSession, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  /** Microseconds. */
  ts: number;
  dur?: number;
  /** Microseconds on the processor: what other programs took of the time between is not in them. */
  tdur?: number;
  pid: number;
  tid: number;
}

/** What counts as scripts: those of the page, and what they set off in the engine that runs them. */
const SCRIPTS = new Set(['EvaluateScript', 'FunctionCall', 'FireAnimationFrame', 'TimerFire', 'RunMicrotasks', 'EventDispatch', 'v8.run', 'XHRReadyStateChange', 'MajorGC', 'MinorGC', 'V8.GCScavenger']);

/** Traces a page while it works. */
export async function trace(page: Page, work: () => Promise<void>): Promise<TraceEvent[]> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'blink.user_timing', 'v8'] } });
  await work();
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  return events;
}

export interface Frames {
  /** Milliseconds of scripts in each frame, on the processor. */
  scripts: number[];
  /** What took longest in the worst one. */
  worst: string;
}

/** Milliseconds of scripts between one frame and the next, without counting what runs inside another twice. */
export function frames(events: readonly TraceEvent[]): Frames {
  const ticks = events.filter((event) => event.name === 'FireAnimationFrame' && event.ph === 'X');
  // The page's own thread is the one that draws most.
  const threads = new Map<string, number>();
  const thread = (event: TraceEvent) => `${event.pid} ${event.tid}`;
  for (const tick of ticks) threads.set(thread(tick), (threads.get(thread(tick)) ?? 0) + 1);
  const main = [...threads].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  const starts = ticks
    .filter((tick) => thread(tick) === main)
    .map((tick) => tick.ts)
    .toSorted((a, b) => a - b);
  const scripts = starts.map(() => 0);
  const longest = starts.map(() => ({ name: '', ms: 0 }));
  let end = 0;
  let at = -1;
  for (const event of events.filter((one) => one.ph === 'X' && SCRIPTS.has(one.name) && thread(one) === main).toSorted((a, b) => a.ts - b.ts)) {
    while (at + 1 < starts.length && (starts[at + 1] ?? 0) <= event.ts) at += 1;
    if (at < 0 || event.ts < end) continue;
    end = event.ts + (event.dur ?? 0);
    const ms = (event.tdur ?? event.dur ?? 0) / 1000;
    scripts[at] = (scripts[at] ?? 0) + ms;
    if (ms > (longest[at]?.ms ?? 0)) longest[at] = { name: event.name, ms };
  }
  const worst = longest[scripts.indexOf(Math.max(...scripts))];
  return { scripts, worst: worst === undefined ? '' : `${worst.name} ${worst.ms.toFixed(1)} ms` };
}

/** The value that this share of all values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
