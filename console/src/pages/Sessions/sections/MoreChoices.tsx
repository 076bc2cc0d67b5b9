import { useState } from 'react';
import { CheckField } from '../../../ui/fields';
import { IconChevronDown } from '../../../ui/icons';
import { Popup } from '../../../ui/Popup';
import { values, withValue, type Many } from '../filters';
import styles from '../Sessions.module.css';
import type { FilterProps } from './FilterBar';

interface Props extends FilterProps {
  column: Many;
  label: string;
  choices: readonly (readonly [value: string, title: string, under?: boolean])[];
}

/** The choices of a filter that have no chip of their own. */
export function MoreChoices({ column, label, choices, filters, set }: Props) {
  const [open, setOpen] = useState(false);
  const chosen = values(filters, column);
  const on = choices.filter(([value]) => chosen.includes(value)).length;
  return (
    <Popup
      open={open}
      onChange={setOpen}
      label={label}
      width={220}
      button={
        <button type="button" className={styles['morechip']} data-on={on > 0 || undefined} aria-expanded={open} aria-label={on === 0 ? label : `${label}: ${on} chosen`} onClick={() => setOpen(!open)}>
          More{on > 0 && ` ${on}`}
          <IconChevronDown size={13} aria-hidden />
        </button>
      }
    >
      <div className={styles['choices']}>
        {choices.map(([value, title, under]) => (
          <div key={value} className={under ? styles['under'] : undefined}>
            <CheckField label={title} value={chosen.includes(value)} onChange={(yes) => set(withValue(filters, column, value, yes))} />
          </div>
        ))}
      </div>
    </Popup>
  );
}
