import type { Change } from '../api/types';
import { absolute, words } from '../format';
import styles from './Changes.module.css';

const show = (field: string, value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  if (field.endsWith('_at') && typeof value === 'string') return absolute(Date.parse(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Fields that changed, with the value before and after. */
export function Changes({ changes }: { changes: Change[] | null | undefined }) {
  if (changes === null || changes === undefined || changes.length === 0) return null;
  return (
    <ul className={styles['changes']}>
      {changes.map((change) => (
        <li key={change.field}>
          <span className="muted">{words(change.field)}:</span> <del>{show(change.field, change.old)}</del> → <ins>{show(change.field, change.new)}</ins>
        </li>
      ))}
    </ul>
  );
}
