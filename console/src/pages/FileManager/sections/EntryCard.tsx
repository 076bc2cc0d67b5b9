import type { FileLine } from '../../../api/portal';
import { Kind, sizeWords, when } from '../columns';
import styles from '../FileManager.module.css';
import { modeWords } from '../paths';

/** An entry where there is no room for columns. */
export function EntryCard({ entry }: { entry: FileLine }) {
  return (
    <div className={styles['card']}>
      <span className={styles['name']}>
        <Kind entry={entry} />
        <span className={styles['cut']}>{entry.name}</span>
      </span>
      <span className={`muted ${styles['cardsmall']}`}>
        {entry.link_to != null ? `→ ${entry.link_to}` : [sizeWords(entry), entry.modified == null ? '' : when(entry.modified), modeWords(entry.mode)].filter((one) => one !== '' && one !== '–').join(' · ')}
      </span>
    </div>
  );
}
