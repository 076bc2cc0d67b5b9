import type { Change } from '../api/types';
import styles from './Changes.module.css';

const show = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Fields that changed, with the value before and after. */
export function Changes({ changes }: { changes: Change[] | null | undefined }) {
  if (changes === null || changes === undefined || changes.length === 0) return null;
  return (
    <ul className={styles['changes']}>
      {changes.map((change) => (
        <li key={change.field}>
          <span className="muted">{change.field}</span> <del>{show(change.old)}</del> → <ins>{show(change.new)}</ins>
        </li>
      ))}
    </ul>
  );
}
