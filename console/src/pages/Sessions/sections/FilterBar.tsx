import type { Ref } from 'react';
import { Chip, Chips } from '../../../ui/Chip';
import { SearchBox } from '../../../ui/SearchBox';
import { MORE_STATES, MORE_TYPES, STATE_CHIPS, TYPE_CHIPS } from '../choices';
import { values, withFilter, withValue, type Filters, type Many } from '../filters';
import styles from '../Sessions.module.css';
import { MoreChoices } from './MoreChoices';
import { MoreFilters } from './MoreFilters';
import { TimeWindow } from './TimeWindow';

export interface FilterProps {
  filters: Filters;
  set(next: Filters, replace?: boolean): void;
}

/** Search, quick filters, the window of time, and the way to all other filters. */
export function FilterBar({ filters, set, searchRef }: FilterProps & { searchRef: Ref<HTMLInputElement> }) {
  const chips = (key: Many, all: typeof STATE_CHIPS) =>
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
          placeholder="Words or an ID"
          value={filters['search'] ?? ''}
          onChange={(search) => set(withFilter(filters, 'search', search.trim()), true)}
        />
      </div>
      <Chips label="State">
        {chips('status', STATE_CHIPS)}
        <MoreChoices column="status" label="More states" choices={MORE_STATES} filters={filters} set={set} />
      </Chips>
      <Chips label="Type">
        {chips('type', TYPE_CHIPS)}
        <MoreChoices column="type" label="More types" choices={MORE_TYPES} filters={filters} set={set} />
      </Chips>
      <MoreFilters filters={filters} set={set} />
      <TimeWindow filters={filters} set={set} />
    </div>
  );
}
