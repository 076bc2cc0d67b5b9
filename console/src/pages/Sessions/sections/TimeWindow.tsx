import { useState } from 'react';
import { absolute } from '../../../format';
import { Button } from '../../../ui/Button';
import { TextField } from '../../../ui/fields';
import { IconClock } from '../../../ui/icons';
import { Popup } from '../../../ui/Popup';
import { isCustomWindow, WINDOWS, withFilter, type Filters } from '../filters';
import type { FilterProps } from './FilterBar';
import styles from './TimeWindow.module.css';

const withoutWindow = ({ last: _l, since: _s, until: _u, ...rest }: Filters): Filters => rest;

/** A local time for the browser's field, from what stands in the address. */
function localField(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const toIso = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

function label(filters: Filters): string {
  if (!isCustomWindow(filters)) return WINDOWS.find((one) => one.value === (filters['last'] ?? ''))?.label ?? `Last ${filters['last']}`;
  const edge = (iso: string | undefined) => (iso === undefined ? '…' : absolute(Date.parse(iso)).replace(/:\d\d (?=\S+$)/, ' '));
  return `${edge(filters['since'])} – ${edge(filters['until'])}`;
}

/** Which sessions by time: all that ran at any moment of the window. */
export function TimeWindow({ filters, set }: FilterProps) {
  const [open, setOpen] = useState(false);
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const toggle = (next: boolean) => {
    setOpen(next);
    setSince(localField(filters['since']));
    setUntil(localField(filters['until']));
  };
  const preset = (value: string) => {
    set(withFilter(withoutWindow(filters), 'last', value));
    setOpen(false);
  };
  const apply = () => {
    set(withFilter(withFilter(withoutWindow(filters), 'since', toIso(since)), 'until', toIso(until)));
    setOpen(false);
  };
  return (
    <Popup
      open={open}
      onChange={toggle}
      label="Time window"
      width={264}
      button={
        <Button icon={<IconClock size={15} />} aria-expanded={open} onClick={() => toggle(!open)}>
          {label(filters)}
        </Button>
      }
    >
      <div className={styles['presets']} role="group" aria-label="Presets">
        {WINDOWS.map((one) => (
          <button
            key={one.value}
            type="button"
            aria-pressed={!isCustomWindow(filters) && (filters['last'] ?? '') === one.value}
            onClick={() => preset(one.value)}
          >
            {one.label}
          </button>
        ))}
      </div>
      <form
        className={styles['exact']}
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <TextField type="datetime-local" label="From" value={since} onChange={setSince} />
        <TextField type="datetime-local" label="To" value={until} onChange={setUntil} />
        <p className="muted">Shows every session that ran at some moment of the window. Times are of this computer ({zone}).</p>
        <Button type="submit" small tone="primary" disabled={since === '' && until === ''}>
          Apply
        </Button>
      </form>
    </Popup>
  );
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
