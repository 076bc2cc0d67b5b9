import { Button } from '../../../ui/Button';
import { IconX } from '../../../ui/icons';
import { words } from '../../../format';
import { applied, MANY, withFilter, withValue, type Many } from '../filters';
import styles from '../Sessions.module.css';
import type { FilterProps } from './FilterBar';

/** The filters in force, each with a way to drop it. */
export function Applied({ filters, set }: FilterProps) {
  const tags = applied(filters);
  if (tags.length === 0) return null;
  return (
    <div className={styles['applied']} role="group" aria-label="Filters in force">
      {tags.map(({ key, value, title }) => (
        <button
          key={`${key}=${value}`}
          type="button"
          className={styles['appliedtag']}
          aria-label={`Drop filter ${title}: ${words(value)}`}
          onClick={() => set(key in MANY ? withValue(filters, key as Many, value, false) : withFilter(filters, key, ''))}
        >
          <span>
            {title}: {words(value)}
          </span>
          <IconX size={14} aria-hidden />
        </button>
      ))}
      {tags.length > 1 && (
        <Button small tone="quiet" onClick={() => set(filters['sort'] === undefined ? {} : { sort: filters['sort'] })}>
          Clear all
        </Button>
      )}
    </div>
  );
}
