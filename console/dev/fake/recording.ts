/** A made-up terminal recording: four minutes, with a long pause, and the log that belongs to it. Development only. */
import type { ActivityEntry } from '../../src/api/types.ts';

const commands = [
  'ls -la /etc', 'sudo systemctl status nginx', 'cat /etc/passwd | head', 'psql -c "select * from accounts limit 5"',
  'tail -n 20 /var/log/auth.log', 'df -h', 'vim /etc/nginx/nginx.conf', 'top -b -n1 | head -15', 'scp dump.sql backup:/srv',
  'sudo rm -rf /var/tmp/old',
];
const PROMPT = '\x1b[1;32mroot@db-prod-1\x1b[0m:\x1b[1;34m~\x1b[0m# ';
export const REAL_MS = 300_000;
const PAUSE = { from: 90_000, to: 190_000 };

type Event = [number, string, string];

const outputOf = (n: number) =>
  Array.from({ length: 7 }, (_, line) => `\x1b[3${(line % 6) + 1}m${String(line).padStart(3)}\x1b[0m ${(n * 7919 + line * 104_729).toString(16).padStart(24, 'a')} éüß ─│┌ 漢字`).join('\r\n');

export function events(): Event[] {
  const list: Event[] = [[0, 'o', `Welcome to db-prod-1\r\n${PROMPT}`]];
  let n = 0;
  for (let t = 3000; t < REAL_MS - 4000; t += 5500) {
    if (t > PAUSE.from && t < PAUSE.to) continue;
    const command = commands[n % commands.length] ?? '';
    [...command].forEach((key, at) => list.push([t + at * 40, 'o', key]));
    list.push([t + 1600, 'o', `\r\n${outputOf(n)}\r\n${PROMPT}`]);
    n += 1;
  }
  list.push([REAL_MS, 'o', '']);
  return list;
}

export function gaps(idle: number | null): { real_ms: number; play_ms: number; cut_ms: number }[] {
  if (idle === null) return [];
  const found = [];
  let cut = 0;
  const all = events();
  for (let at = 1; at < all.length; at += 1) {
    const before = all[at - 1]?.[0] ?? 0;
    const pause = (all[at]?.[0] ?? 0) - before;
    if (pause <= idle) continue;
    found.push({ real_ms: before + pause, play_ms: before + idle - cut, cut_ms: pause - idle });
    cut += pause - idle;
  }
  return found;
}

export function playEvents(idle: number | null): Event[] {
  const cuts = gaps(idle);
  return events().map(([t, code, data]) => {
    const cut = cuts.filter((gap) => t >= gap.real_ms).reduce((sum, gap) => sum + gap.cut_ms, 0);
    return [(t - cut) / 1000, code, data];
  });
}

const SEGMENT_S = 30;

export function index(idle: number | null, base: string): unknown {
  const all = playEvents(idle);
  const duration = all.at(-1)?.[0] ?? 1;
  const starts = segments(all).map((segment) => segment.start);
  const query = idle === null ? '' : `?idle_ms=${idle}`;
  return {
    version: 1,
    duration,
    term: { cols: 96, rows: 28 },
    markers: [],
    segments: starts.map((start, n) => ({ start, url: `${base}/segments/${n}.json${query}` })),
  };
}

function segments(all: Event[]): { start: number; events: Event[] }[] {
  const list: { start: number; events: Event[] }[] = [];
  for (const event of all) {
    const last = list.at(-1);
    if (last === undefined || (event[0] >= last.start + SEGMENT_S && event !== all.at(-1))) list.push({ start: event[0], events: [event] });
    else last.events.push(event);
  }
  return list;
}

export function segment(idle: number | null, n: number): unknown {
  const all = segments(playEvents(idle));
  const before = all.slice(0, n).flatMap((one) => one.events);
  return { snapshot: { cols: 96, rows: 28, init: before.map((event) => event[2]).join('').slice(-6000) }, events: all[n]?.events ?? [] };
}

export function activity(start: number, connection: string): ActivityEntry[] {
  const entries: ActivityEntry[] = [];
  let n = 0;
  for (let t = 3000; t < REAL_MS - 4000; t += 5500) {
    if (t > PAUSE.from && t < PAUSE.to) continue;
    const text = commands[n % commands.length] ?? '';
    const bad = text.includes('rm -rf');
    // oxlint-disable-next-line no-control-regex
    const preview = outputOf(n).replaceAll(/\x1b\[\d+m/g, '').replaceAll('\r', '');
    entries.push({
      id: `a-${n}`,
      seq: n + 1,
      at: new Date(start + t).toISOString(),
      t_ms: t,
      kind: text.startsWith('psql') ? 'statement' : text.startsWith('scp') ? 'file' : 'command',
      text,
      outcome: bad ? 'failed' : 'ok',
      exit_code: bad ? 1 : 0,
      duration_ms: 1200,
      bytes: preview.length,
      output: { preview, truncated: n % 6 === 1, total_bytes: n % 6 === 1 ? 2_000_000 : preview.length },
      detail: {},
      rows: 0,
      connection_id: connection,
    });
    n += 1;
  }
  entries.push({
    id: 'note-1', seq: 900, at: new Date(start + 250_000).toISOString(), t_ms: 250_000, kind: 'note', text: 'locked by demo-admin: On hold',
    outcome: null, exit_code: null, duration_ms: 0, bytes: 0, rows: 0, output: null, detail: {}, connection_id: connection,
  });
  return entries.toSorted((a, b) => a.t_ms - b.t_ms);
}
