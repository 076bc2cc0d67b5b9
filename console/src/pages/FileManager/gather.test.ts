import { describe, expect, it } from 'vitest';
import { gather, gatherChosen } from './gather';

const file = (name: string, readable = true) =>
  ({
    name,
    isDirectory: false,
    file: (yes: (file: File) => void, no: (error: Error) => void) => (readable ? yes(new File(['x'], name)) : no(new Error('gone'))),
  }) as unknown as FileSystemEntry;

/** A folder whose reader gives two entries at a time, as browsers give a hundred. */
const folder = (name: string, entries: FileSystemEntry[]) =>
  ({
    name,
    isDirectory: true,
    createReader: () => {
      let at = 0;
      return { readEntries: (yes: (part: FileSystemEntry[]) => void) => yes(entries.slice(at, (at += 2))) };
    },
  }) as unknown as FileSystemEntry;

describe('what is dropped', () => {
  it('is walked through to the last part of each folder, upper folders first', async () => {
    const found = await gather([file('a.txt'), folder('top', [file('b'), folder('inner', [file('c'), file('d'), file('e')]), folder('empty', [])])]);
    expect(found.folders).toEqual(['top', 'top/inner', 'top/empty']);
    expect(found.files.map((one) => one.path)).toEqual(['a.txt', 'top/b', 'top/inner/c', 'top/inner/d', 'top/inner/e']);
    expect(found.left).toBe(0);
  });

  it('counts what cannot be read', async () => {
    const found = await gather([folder('top', [file('gone', false), file('kept')])]);
    expect(found.files.map((one) => one.path)).toEqual(['top/kept']);
    expect(found.left).toBe(1);
  });

  it('ends at a depth, also where a folder holds itself', async () => {
    const ring: FileSystemEntry[] = [];
    ring.push(folder('ring', ring));
    const found = await gather(ring);
    expect(found.folders.length).toBeLessThan(40);
    expect(found.left).toBe(1);
  });
});

describe('a folder that is chosen', () => {
  it('is made of the paths of its files, upper folders first', () => {
    const chosen = ['top/inner/deep/a', 'top/b'].map((path) => Object.defineProperty(new File(['x'], 'x'), 'webkitRelativePath', { value: path }));
    const found = gatherChosen(chosen);
    expect(found.folders).toEqual(['top', 'top/inner', 'top/inner/deep']);
    expect(found.files.map((one) => one.path)).toEqual(['top/inner/deep/a', 'top/b']);
  });
});
