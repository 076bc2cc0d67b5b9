/** What was dropped or chosen, with the folders that it lies in. */

/** Folders deeper than this, and files beyond these, are left out and counted. */
const DEEPEST = 32;
const MOST = 5000;

export interface Gathered {
  /** Paths of folders below where they were dropped, the upper ones first. */
  folders: string[];
  /** Files, each with its path below where it was dropped. */
  files: { path: string; file: File }[];
  /** What was left out: too deep, too many, or not readable. */
  left: number;
}

/** Takes what a drop holds out of its event, which has to happen while it is handled. What comes from other pages is no entry of a disk. */
export function dropped(transfer: DataTransfer): (FileSystemEntry | File)[] {
  return [...transfer.items].filter((item) => item.kind === 'file').flatMap((item) => item.webkitGetAsEntry() ?? item.getAsFile() ?? []);
}

/** Walks through what a drop holds. */
export async function gather(entries: readonly (FileSystemEntry | File)[]): Promise<Gathered> {
  const all: Gathered = { folders: [], files: [], left: 0 };
  for (const entry of entries) {
    if (entry instanceof File) all.files.push({ path: entry.name, file: entry });
    else await walk(entry, '', 0, all);
  }
  return all;
}

/** Reads what a chosen folder holds out of the paths of its files; empty folders are not among them. */
export function gatherChosen(files: readonly File[]): Gathered {
  const kept = files.slice(0, MOST);
  const folders = new Set<string>();
  for (const file of kept) {
    const parts = file.webkitRelativePath.split('/').slice(0, -1);
    for (let n = 1; n <= parts.length; n += 1) folders.add(parts.slice(0, n).join('/'));
  }
  const byDepth = (path: string) => path.split('/').length;
  return {
    folders: [...folders].toSorted((a, b) => byDepth(a) - byDepth(b)),
    files: kept.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
    left: files.length - kept.length,
  };
}

async function walk(entry: FileSystemEntry, above: string, depth: number, all: Gathered): Promise<void> {
  const path = above === '' ? entry.name : `${above}/${entry.name}`;
  if (depth > DEEPEST || all.files.length >= MOST || all.folders.length >= MOST) {
    all.left += 1;
    return;
  }
  try {
    if (!entry.isDirectory) {
      all.files.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
      return;
    }
    all.folders.push(path);
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives a part at a time, and nothing at the end.
    for (let part = await partOf(reader); part.length > 0; part = await partOf(reader)) {
      for (const inner of part) await walk(inner, path, depth + 1, all);
    }
  } catch {
    all.left += 1;
  }
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject));
const partOf = (reader: FileSystemDirectoryReader) => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
