import { describe, expect, it } from 'vitest';
import { baseName, crumbs, join, modeWords, nameTrouble, parent } from './paths';

describe('a path', () => {
  it('is joined with one slash', () => {
    expect(join('/', 'a')).toBe('/a');
    expect(join('/srv', 'a b')).toBe('/srv/a b');
  });
  it('has a folder above, up to the topmost', () => {
    expect(parent('/srv/data/')).toBe('/srv');
    expect(parent('/srv')).toBe('/');
    expect(parent('/')).toBe('/');
    expect(baseName('/srv/data')).toBe('data');
    expect(baseName('/')).toBe('/');
  });
  it('is shown as the way to it', () => {
    expect(crumbs('/srv//data')).toEqual([
      { name: '/', path: '/' },
      { name: 'srv', path: '/srv' },
      { name: 'data', path: '/srv/data' },
    ]);
    expect(crumbs('/')).toHaveLength(1);
  });
});

it.each([['', /needed/], ['  ', /needed/], ['a/b', /slash/], ['..', /meaning/]])('%j is no name', (name, why) => expect(nameTrouble(name)).toMatch(why));
it.each(['a', '.profile', 'ünï', '...', 'a b'])('%j is a name', (name) => expect(nameTrouble(name)).toBe(''));

it.each([
  [0o644, 'rw-r--r--'],
  [0o750, 'rwxr-x---'],
  [0o4755, 'rwsr-xr-x'],
  [0o1777, 'rwxrwxrwt'],
  [0o2644, 'rw-r-Sr--'],
  [0, '---------'],
  [null, ''],
])('permissions %s are shown as %j', (mode, words) => expect(modeWords(mode)).toBe(words));
