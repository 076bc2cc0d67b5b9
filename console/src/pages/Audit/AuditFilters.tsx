import type { Ref } from 'react';
import { SearchBox } from '../../ui/SearchBox';
import styles from './Audit.module.css';

type Filters = Record<string, string>;

interface Props {
  filters: Filters;
  set(next: Filters): void;
  searchRef: Ref<HTMLInputElement>;
}

/** Search in the audit log. */
export function AuditFilters({ filters, set, searchRef }: Props) {
  const put = (key: string) => (value: string) => {
    const { [key]: _, ...rest } = filters;
    set(value.trim() === '' ? rest : { ...rest, [key]: value.trim() });
  };
  return (
    <>
      <div className={styles['wide']}>
        <SearchBox inputRef={searchRef} label="Search in the audit log" value={filters['text'] ?? ''} onChange={put('text')} />
      </div>
      <div className={styles['half']}>
        <SearchBox label="Kind of event" placeholder="Event" value={filters['kind'] ?? ''} onChange={put('kind')} />
      </div>
      <div className={styles['half']}>
        <SearchBox label="Actor" value={filters['actor'] ?? ''} onChange={put('actor')} />
      </div>
      <div className={styles['wide']}>
        <SearchBox label="Session ID" value={filters['session'] ?? ''} onChange={put('session')} />
      </div>
    </>
  );
}
