import type { StoredObject } from '../../api/types';
import type { Column } from '../../list/column';
import styles from './ObjectCard.module.css';

/** An object where there is no room for columns: its name and the first two things that there are to say about it. */
export function ObjectCard({ columns, object }: { columns: Column<StoredObject>[]; object: StoredObject }) {
  const more = columns.filter((column) => column.id !== 'name' && column.id !== 'updated_at' && !column.hidden && column.blank?.(object) !== true).slice(0, 2);
  return (
    <div className={styles['card']}>
      <strong title={object.name}>{object.name}</strong>
      <div>
        {more.map((column) => (
          <span key={column.id}>{column.render(object)}</span>
        ))}
      </div>
    </div>
  );
}
