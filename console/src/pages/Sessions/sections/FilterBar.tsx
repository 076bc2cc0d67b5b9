import type { Ref } from 'react';
import { Chip, Chips } from '../../../ui/Chip';
import { SearchBox } from '../../../ui/SearchBox';
import { values, withFilter, withValue, type Filters, type Many } from '../filters';
import styles from '../Sessions.module.css';
import { MoreFilters } from './MoreFilters';
import { TimeWindow } from './TimeWindow';

export interface FilterProps {
  filters: Filters;
  set(next: Filters, replace?: boolean): void;
}

const STATES: [string, string][] = [
  ['active', 'Active'],
  ['completed', 'Completed'],
  ['failed', 'Failed'],
  ['terminated', 'Terminated'],
  ['pending', 'Waiting'],
];

const TYPES: [string, string][] = [
  ['ssh', 'SSH'],
  ['rdp', 'RDP'],
  ['database', 'DB'],
  ['http', 'HTTP'],
];

/** Search, quick filters, the window of time, and the way to all other filters. */
export function FilterBar({ filters, set, searchRef }: FilterProps & { searchRef: Ref<HTMLInputElement> }) {
  const chips = (key: Many, all: [string, string][]) =>
    all.map(([value, title]) => (
      <Chip key={value} on={values(filters, key).includes(value)} onChange={(on) => set(withValue(filters, key, value, on))}>
        {title}
      </Chip>
    ));
  return (
    <div className={styles['bar']}>
      <div className={styles['search']}>
        <SearchBox
          inputRef={searchRef}
          label="Search in sessions"
          placeholder="Search, or paste a session ID"
          value={filters['search'] ?? ''}
          onChange={(search) => set(withFilter(filters, 'search', search.trim()), true)}
        />
      </div>
      <Chips label="State">{chips('status', STATES)}</Chips>
      <Chips label="Type">{chips('type', TYPES)}</Chips>
      <MoreFilters filters={filters} set={set} />
      <TimeWindow filters={filters} set={set} />
    </div>
  );
}
