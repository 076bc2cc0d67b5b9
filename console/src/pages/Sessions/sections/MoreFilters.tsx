import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../../api/client';
import { count, title } from '../../../format';
import { END_REASONS, reasonWords, STATE_WORDS, stateInfo } from '../../../session/states';
import { Button } from '../../../ui/Button';
import { CheckField, SelectField, TextField } from '../../../ui/fields';
import { IconFilter } from '../../../ui/icons';
import { Popup } from '../../../ui/Popup';
import { SearchBox } from '../../../ui/SearchBox';
import { MANY, toFacetQuery, values, withFilter, withValue, type Many } from '../filters';
import type { FilterProps } from './FilterBar';
import styles from './MoreFilters.module.css';

/** Every filter that has no chip. */
export function MoreFilters({ filters, set }: FilterProps) {
  const [open, setOpen] = useState(false);
  const [column, setColumn] = useState<Many | 'other'>('user');
  return (
    <Popup
      open={open}
      onChange={setOpen}
      label="More filters"
      width={Math.min(460, window.innerWidth - 16)}
      button={
        <Button icon={<IconFilter size={15} />} aria-expanded={open} onClick={() => setOpen(!open)}>
          More filters
        </Button>
      }
    >
      <div className={styles['panes']}>
        <div className={styles['columns']} role="group" aria-label="Column">
          {[...(Object.keys(MANY) as Many[]), 'other' as const].map((key) => (
            <button key={key} type="button" aria-pressed={key === column} onClick={() => setColumn(key)}>
              {key === 'other' ? 'Other' : MANY[key]}
              {key !== 'other' && values(filters, key).length > 0 && <b>{values(filters, key).length}</b>}
            </button>
          ))}
        </div>
        {column === 'other' ? <Others filters={filters} set={set} /> : <Values key={column} column={column} filters={filters} set={set} />}
      </div>
    </Popup>
  );
}

const fixed: Partial<Record<Many, { value: string; title: string }[]>> = {
  status: STATE_WORDS.map((value) => ({ value: value === 'active' ? 'logged_in' : value, title: title(stateInfo(value).word) })),
  end_reason: END_REASONS.map((value) => ({ value, title: title(reasonWords(value)) })),
};

function Values({ column, filters, set }: FilterProps & { column: Many }) {
  const [q, setQ] = useState('');
  const known = fixed[column];
  const over = toFacetQuery(filters);
  const facets = useQuery({
    queryKey: ['facets', column, known === undefined ? q : '', over],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await body(api.GET('/v1/facets', { params: { query: { ...over, column, ...(known === undefined ? { q } : {}), limit: 100 } }, signal }))).values,
  });
  const chosen = values(filters, column);
  const counts = new Map(facets.data?.map((one) => [one.value, one.sessions]));
  const offered = known?.filter((one) => one.title.toLowerCase().includes(q.toLowerCase())) ?? facets.data ?? [];
  const gone = chosen.filter((value) => !offered.some((one) => one.value === value));
  const line = (value: string, name: string) => (
    <div key={value} className={styles['value']}>
      <CheckField label={name} value={chosen.includes(value)} onChange={(on) => set(withValue(filters, column, value, on))} />
      <span className={styles['count']}>{count(counts.get(value) ?? 0)}</span>
    </div>
  );
  return (
    <div className={styles['values']}>
      <SearchBox label={`Find ${MANY[column].toLowerCase()}`} value={q} onChange={setQ} wait={150} />
      <div className={styles['scroll']} role="group" aria-label={MANY[column]}>
        {gone.map((value) => line(value, value))}
        {offered.map((one) => line(one.value, one.title))}
        {offered.length + gone.length === 0 && !facets.isLoading && <p className="muted">Nothing found</p>}
      </div>
    </div>
  );
}

const YES_NO = [
  { value: '', label: 'Either' },
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
];

function Others({ filters, set }: FilterProps) {
  const on = (key: string) => (value: string | null) => set(withFilter(filters, key, value?.trim() ?? ''), true);
  return (
    <div className={styles['values']}>
      <TextField
        label="Client address"
        placeholder="10.0.0.0/8"
        value={filters['client_ip'] ?? ''}
        onChange={on('client_ip')}
        mono
      />
      <TextField label="Access rule" value={filters['access_rule'] ?? ''} onChange={on('access_rule')} />
      <TextField label="Ticket" value={filters['ticket'] ?? ''} onChange={on('ticket')} />
      <SelectField label="Locked" value={filters['locked'] ?? ''} choices={YES_NO} onChange={on('locked')} />
      <SelectField label="Has a recording" value={filters['has_recording'] ?? ''} choices={YES_NO} onChange={on('has_recording')} />
    </div>
  );
}
