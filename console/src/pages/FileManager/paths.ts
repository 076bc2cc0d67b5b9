/** Paths of the resource. They are its own words: only slashes mean anything here. */

export function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** The folder above; of the topmost, itself. */
export function parent(path: string): string {
  const bare = path.replace(/\/+$/, '');
  const at = bare.lastIndexOf('/');
  return at <= 0 ? '/' : bare.slice(0, at);
}

export function baseName(path: string): string {
  const bare = path.replace(/\/+$/, '');
  return bare.slice(bare.lastIndexOf('/') + 1) || '/';
}

export interface Crumb {
  name: string;
  path: string;
}

/** The way from the topmost folder to this one. */
export function crumbs(path: string): Crumb[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [{ name: '/', path: '/' }, ...parts.map((name, at) => ({ name, path: `/${parts.slice(0, at + 1).join('/')}` }))];
}

/** Why a name cannot be one; empty when it can. */
export function nameTrouble(name: string): string {
  if (name.trim() === '') return 'A name is needed';
  if (name.includes('/')) return 'A name has no slash';
  if (name === '.' || name === '..') return 'This name has a meaning of its own';
  return '';
}

/** `rwxr-x---` for 0o750; with the special bits as `ls` shows them. */
export function modeWords(mode: number | null | undefined): string {
  if (mode === null || mode === undefined) return '';
  const bit = (value: number, letter: string) => ((mode & value) === 0 ? '-' : letter);
  const last = (run: number, special: number, both: string) => {
    if ((mode & special) === 0) return bit(run, 'x');
    return (mode & run) === 0 ? both.toUpperCase() : both;
  };
  return [
    bit(0o400, 'r'), bit(0o200, 'w'), last(0o100, 0o4000, 's'),
    bit(0o040, 'r'), bit(0o020, 'w'), last(0o010, 0o2000, 's'),
    bit(0o004, 'r'), bit(0o002, 'w'), last(0o001, 0o1000, 't'),
  ].join('');
}
