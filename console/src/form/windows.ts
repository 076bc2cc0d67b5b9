/** Parts of the week in which people may connect, as they are written in a profile. */
export interface Window {
  days?: string[];
  from: string;
  to: string;
  zone: string;
}

export const DAYS = [
  { value: 'mon', label: 'Mon' },
  { value: 'tue', label: 'Tue' },
  { value: 'wed', label: 'Wed' },
  { value: 'thu', label: 'Thu' },
  { value: 'fri', label: 'Fri' },
  { value: 'sat', label: 'Sat' },
  { value: 'sun', label: 'Sun' },
];

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** Office hours, by the clock of whoever looks. */
export const blank = (): Window => ({ days: WEEKDAYS, from: '08:00', to: '18:00', zone: Intl.DateTimeFormat().resolvedOptions().timeZone });

/** Every time zone that there is, and one that is written already. */
export const zones = (written: string): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), written])].filter((zone) => zone !== '');

function daysInWords(days: string[]): string {
  const chosen = DAYS.filter((day) => days.includes(day.value));
  if (chosen.length === 0 || chosen.length === DAYS.length) return 'every day';
  const names = chosen.map((day) => day.label).join(', ');
  return { 'Mon, Tue, Wed, Thu, Fri': 'weekdays', 'Sat, Sun': 'weekends' }[names] ?? names;
}

/** As those read it who are refused: `weekdays 08:00–18:00 Europe/Berlin`. */
export const wordsOf = ({ days = [], from, to, zone }: Window): string => `${daysInWords(days)} ${from}–${to} ${zone}`;

/** What is wrong with a time of day; nothing when it is right. */
export const wrongTime = (time: string): string | undefined => (/^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$|^24:00$/.test(time) ? undefined : 'Write it like 08:00');

/** What is wrong with the first window that is wrong. */
export function wrongIn(value: unknown): string | undefined {
  const windows = Array.isArray(value) ? (value as Window[]) : [];
  const at = windows.findIndex(({ from, to }) => wrongTime(from) !== undefined || wrongTime(to) !== undefined || from === to);
  return at < 0 ? undefined : `Hours ${at + 1} need two different times such as 08:00 and 18:00`;
}
