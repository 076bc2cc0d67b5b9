import type { StoredObject } from '../../api/types';
import type { Kind } from './kinds';
import styles from './ObjectCard.module.css';

/** An object where there is no room for columns: its name and the next two things about it. */
export function ObjectCard({ kind, object }: { kind: Kind; object: StoredObject }) {
  const more = kind.columns.filter((column) => column.id !== 'name' && column.id !== 'updated_at').slice(0, 2);
  return (
    <div className={styles['card']}>
      <strong>{object.name}</strong>
      <div>
        {more.map((column) => (
          <span key={column.id}>{column.render(object)}</span>
        ))}
      </div>
    </div>
  );
}
