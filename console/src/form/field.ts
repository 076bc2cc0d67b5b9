import type { TagTone } from '../ui/Tag';
import type { About } from './rules';

/** The description of a form: what is asked, in which order, and where each answer goes. */
export interface Choice {
  value: string;
  label: string;
  /** A word for it where there is little room. */
  short?: string;
  /** Shown as a tag in lists. */
  tone?: TagTone;
}

interface Base {
  /** Where the value is in the object; dots lead inwards. */
  name: string;
  label: string;
  help?: string;
  required?: boolean;
  /** A heading before this field. */
  section?: string;
  /** Asked only when this is so. */
  when?: (values: Values) => boolean;
  placeholder?: string;
  /** What is wrong with an answer that is not empty; nothing when it is right. */
  check?: (value: unknown) => string | undefined;
  /** How it stands in lists; fields without it are in forms only. */
  column?: { width: number; title?: string; grow?: boolean; end?: boolean; hidden?: boolean };
}

interface Said {
  word: string;
  tone?: TagTone;
}

export type Field = Base &
  (
    | { type: 'text' | 'mono' | 'area' | 'secret' | 'email' }
    | { type: 'secret-area' }
    | { type: 'mono-area' }
    | { type: 'lines' }
    /** Several short values that are written by hand. */
    | { type: 'words' }
    | { type: 'number'; min?: number; max?: number }
    | { type: 'duration'; zero?: string }
    | { type: 'switch'; on?: Said; off?: Said }
    | { type: 'choice'; choices: Choice[]; none?: string; look?: 'protocol' }
    | { type: 'many'; choices: Choice[] }
    | { type: 'ref'; kind: string; none: string }
    | { type: 'refs'; kind: string; all?: string }
    /** Objects of a kind, by name or by labels. */
    | { type: 'selector'; kind: string; all: string }
    | { type: 'labels' }
    /** Rules on what is sent inside a session. */
    | { type: 'rules'; about: About }
    /** What is done on a resource for a session. */
    | { type: 'steps'; stands: 'before' | 'after' }
    /** Parts of the week. */
    | { type: 'windows' }
  );

export type Values = Record<string, unknown>;

const isRecord = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the value at a path. */
export function get(values: Values, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), values);
}

/** Gives the values with one of them replaced; `undefined` removes it. */
export function set(values: Values, path: string, value: unknown): Values {
  const [key = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner = values[key];
    return { ...values, [key]: set(isRecord(inner) ? inner : {}, rest.join('.'), value) };
  }
  const { [key]: _, ...others } = values;
  return value === undefined ? others : { ...others, [key]: value };
}

const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** `8h`, `1h 30m`, `45s`. */
export function writeDuration(secs: number): string {
  let left = secs;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0) parts.push(`${n}${unit}`);
  }
  return parts.length === 0 ? '0' : parts.join(' ');
}

/** Reads what {@link writeDuration} writes, in any order and spacing; a bare number is minutes. `null` when it is none. */
export function readDuration(text: string): number | null {
  const all = text.trim().toLowerCase();
  if (/^\d+$/.test(all)) return Number(all) * 60;
  if (!/^(\d+\s*[dhms]\s*)+$/.test(all)) return null;
  let secs = 0;
  for (const [, n, unit] of all.matchAll(/(\d+)\s*([dhms])/g)) {
    secs += Number(n) * (UNITS.find(([one]) => one === unit)?.[1] ?? 0);
  }
  return secs;
}

/** `env=prod, team=db` as an object; `null` when a part has no `=`. */
export function readLabels(parts: string[]): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const part of parts) {
    const at = part.indexOf('=');
    if (at < 1) return null;
    labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return labels;
}

const empty = (value: unknown): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Nothing is said: also by a selector without names and labels. */
export function blank(value: unknown): boolean {
  return empty(value) || (isRecord(value) && Object.values(value).every(blank));
}

function between(value: unknown, min = 0, max = Number.MAX_SAFE_INTEGER): string | undefined {
  return typeof value === 'number' && value >= min && value <= max ? undefined : `A number from ${min} to ${max}`;
}

/** What is wrong with the answers, by field; empty when nothing is. */
export function check(fields: Field[], values: Values): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const field of fields) {
    if (field.when !== undefined && !field.when(values)) continue;
    const value = get(values, field.name);
    if (field.type === 'duration' && value === null) wrong[field.name] = 'Write it like 8h, 1h 30m or 45s';
    else if (empty(value)) {
      if (field.required) wrong[field.name] = 'This is needed';
    } else {
      const said = field.type === 'number' ? between(value, field.min, field.max) : field.check?.(value);
      if (said !== undefined) wrong[field.name] = said;
    }
  }
  return wrong;
}

/** The name of an object: what the server takes. */
export const objectName = (value: unknown): string | undefined =>
  /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(String(value).trim())
    ? undefined
    : 'Letters, digits, “-”, “_” and “.”, beginning with a letter or digit, 100 at most';

/** A host name or an address. */
export const host = (value: unknown): string | undefined =>
  /^[^\s/@]+$/.test(String(value).trim()) ? undefined : 'A name or an address, without spaces, “/” or “@”';

export const mail = (value: unknown): string | undefined => (/^[^\s@]+@[^\s@]+$/.test(String(value).trim()) ? undefined : 'Write it like name@example.org');

/** Networks and addresses, as far as it can be told without asking the server. */
export function networks(value: unknown): string | undefined {
  const bad = (Array.isArray(value) ? value : []).map(String).find((one) => !/^[\d.]+(?:\/\d+)?$|^[\da-f:.]*:[\da-f:.]*(?:\/\d+)?$/i.test(one));
  return bad === undefined ? undefined : `“${bad}” is no network such as 10.0.0.0/8 or 2001:db8::/32`;
}

/** Public keys, one a line. */
export function keyLines(value: unknown): string | undefined {
  const lines = (Array.isArray(value) ? value : []).map(String).filter((line) => line.trim() !== '');
  const bad = lines.findIndex((line) => !/^(?:\S+ )?(?:ssh-|ecdsa-|sk-)\S+ AAAA\S+/.test(line.trim()));
  return bad < 0 ? undefined : `Line ${bad + 1} is no public key such as “ssh-ed25519 AAAA…”`;
}

/** The field of a form that the server means: by its path, or for a protocol's options by the word in what it says. */
export function fieldOf(fields: Field[], path: string | null, said: string): Field | undefined {
  if (path === null) return undefined;
  if (path === 'options') return fields.find((field) => field.name.startsWith('options.') && said.includes(field.name.slice('options.'.length)));
  return fields.find((field) => field.name === path || field.name === `@${path}` || path.startsWith(`${field.name}.`) || path.startsWith(`${field.name}[`) || field.name.startsWith(`${path}.`));
}
