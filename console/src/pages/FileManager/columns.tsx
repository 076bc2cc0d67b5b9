import type { FileLine } from '../../api/portal';
import { bytes, stamp } from '../../format';
import type { Column } from '../../list/column';
import { IconFile, IconFolder, IconLink, IconPlug } from '../../ui/icons';
import styles from './FileManager.module.css';
import { modeWords } from './paths';

const kinds: Record<string, [typeof IconFile, string]> = {
  folder: [IconFolder, 'Folder'],
  link: [IconLink, 'Link'],
  file: [IconFile, 'File'],
  other: [IconPlug, 'Device, socket or pipe'],
};

/** The kind as a picture, and its word for readers. */
export function Kind({ entry }: { entry: FileLine }) {
  const [Icon, word] = kinds[entry.kind] ?? (kinds['other'] as [typeof IconFile, string]);
  return (
    <span className={styles['kind']} data-kind={entry.kind} title={word}>
      <Icon size={16} stroke={1.7} aria-hidden />
      <span className="hidden-visually">{word}</span>
    </span>
  );
}

/** Size, or a dash where it means nothing. */
export const sizeWords = (entry: FileLine): string => (entry.kind === 'folder' || entry.size === null || entry.size === undefined ? '–' : bytes(entry.size));

export const columns: Column<FileLine>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 320,
    min: 160,
    grow: true,
    sort: 'name',
    render: (entry) => (
      <span className={styles['name']}>
        <Kind entry={entry} />
        <span className={styles['cut']}>{entry.name}</span>
        {entry.link_to != null && <span className={`muted ${styles['cut']}`}>→ {entry.link_to}</span>}
      </span>
    ),
  },
  { id: 'size', title: 'Size', width: 100, sort: 'size', align: 'end', render: sizeWords },
  {
    id: 'modified',
    title: 'Changed',
    width: 160,
    sort: 'modified',
    render: (entry) => (entry.modified == null ? <span className="muted">–</span> : <time dateTime={entry.modified}>{when(entry.modified)}</time>),
  },
  { id: 'mode', title: 'Permissions', width: 120, sort: 'mode', mono: true, render: (entry) => modeWords(entry.mode) || <span className="muted">–</span> },
];

/** Day and time; of other years the year as well. */
export function when(at: string): string {
  const ms = Date.parse(at);
  const year = new Date(ms).getFullYear();
  return year === new Date().getFullYear() ? stamp(ms) : `${stamp(ms).slice(0, -3)} ${year}`;
}
