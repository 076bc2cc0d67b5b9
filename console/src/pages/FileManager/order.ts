import type { FileLine } from '../../api/portal';
import type { Sort } from '../../list/column';

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const by: Record<string, (a: FileLine, b: FileLine) => number> = {
  name: (a, b) => names.compare(a.name, b.name),
  size: (a, b) => (a.size ?? -1) - (b.size ?? -1),
  modified: (a, b) => (a.modified ?? '').localeCompare(b.modified ?? ''),
  mode: (a, b) => (a.mode ?? -1) - (b.mode ?? -1),
};

/** Puts entries in order: folders first whichever way, equal ones by name. */
export function inOrder(entries: readonly FileLine[], { field, down }: Sort): FileLine[] {
  const compare = by[field] ?? names.compare;
  return entries.toSorted((a, b) => {
    const folders = Number(b.kind === 'folder') - Number(a.kind === 'folder');
    if (folders !== 0) return folders;
    const found = (compare as (a: FileLine, b: FileLine) => number)(a, b);
    return found === 0 ? names.compare(a.name, b.name) : down ? -found : found;
  });
}
