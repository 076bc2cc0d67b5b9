/** How numbers and times are written. Pure, so that every form has a test. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');

/** `1h 03m 09s`, `4m 09s`, `7s`; days when there are any. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / SECOND));
  const [d, h, m, s] = [Math.floor(all / 86_400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  if (d > 0) return `${d}d ${two(h)}h ${two(m)}m`;
  if (h > 0) return `${h}h ${two(m)}m ${two(s)}s`;
  if (m > 0) return `${m}m ${two(s)}s`;
  return `${s}s`;
}

/** Like {@link duration}, but keeps what is below a second: `84 ms`, `1.4 s`. */
export function elapsed(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  return duration(ms);
}

/** The reading of a player's clock: `0:07`, `12:04`, `1:02:09`. */
export function clock(ms: number): string {
  const all = Math.max(0, Math.floor(ms / SECOND));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A moment as it stands in a link: `1h2m3s`, `83s`, `83` or `1:23`, in milliseconds; `null` when it is none. */
export function parseMoment(text: string): number | null {
  const words = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text.trim());
  if (words !== null && text.trim() !== '') {
    return Number(words[1] ?? 0) * HOUR + Number(words[2] ?? 0) * MINUTE + Math.round(Number(words[3] ?? 0) * SECOND);
  }
  const colons = /^(?:(\d+):)?(\d{1,3}):(\d{2})$/.exec(text.trim());
  if (colons === null) return null;
  return Number(colons[1] ?? 0) * HOUR + Number(colons[2]) * MINUTE + Number(colons[3]) * SECOND;
}

/** Writes a moment for a link: `1m23s`, or `1m23.45s` where it is between two seconds. */
export function moment(ms: number): string {
  const all = Math.max(0, Math.round(ms));
  const [h, m, s] = [Math.floor(all / HOUR), Math.floor(all / MINUTE) % 60, (all % MINUTE) / SECOND];
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`;
}

/** `0 B`, `812 B`, `4.1 KiB`, `1.0 GiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** `100,000` in the reader's own way. */
export function count(n: number): string {
  return n.toLocaleString();
}

/** Near times as a distance, far ones as a date: `now`, `3m ago`, `in 2h`, `21 Nov 14:03`, `21 Nov 2025`. */
export function relative(at: number, now: number): string {
  const away = Math.abs(now - at);
  if (away >= DAY) return dated(at, now);
  const span =
    away < 5 * SECOND
      ? ''
      : away < MINUTE
        ? `${Math.floor(away / SECOND)}s`
        : away < HOUR
          ? `${Math.floor(away / MINUTE)}m`
          : `${Math.floor(away / HOUR)}h ${two(Math.floor(away / MINUTE) % 60)}m`;
  if (span === '') return 'now';
  return at > now ? `in ${span}` : `${span} ago`;
}

function dated(at: number, now: number): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  const day = date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
  return sameYear ? `${day} ${two(date.getHours())}:${two(date.getMinutes())}` : day;
}

const absoluteForm = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** The full time with its zone. */
export function absolute(at: number): string {
  return absoluteForm.format(at);
}

/** Day and time to the second, for lists in order: `21 Nov 14:03:09`. */
export function stamp(at: number): string {
  const date = new Date(at);
  return `${date.toLocaleDateString(undefined, { day: '2-digit', month: 'short' })} ${timeOfDay(at)}`;
}

/** The time of day to the second, for rows of one day. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `user_disconnect` → `user disconnect`. */
export function words(word: string): string {
  return word.replaceAll('_', ' ');
}

/** The server writes in lower case; on a page a sentence begins with a capital. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `access_rule` → `Access rule`. */
export function title(word: string): string {
  return sentence(words(word));
}
