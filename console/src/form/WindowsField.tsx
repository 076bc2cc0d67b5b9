import { Button } from '../ui/Button';
import { IconButton } from '../ui/IconButton';
import { IconPlus, IconX } from '../ui/icons';
import { SelectField, TextField } from '../ui/fields';
import { ManyField } from '../ui/many';
import styles from './Form.module.css';
import { blank, DAYS, wrongTime, zones, type Window } from './windows';

const none = { required: undefined, error: undefined };

interface Props {
  label: string;
  help: string | undefined;
  error: string | undefined;
  value: unknown;
  onChange(value: unknown): void;
}

/** Parts of the week; one after the other, as any of them will do. */
export function WindowsField({ label, help, error, value, onChange }: Props) {
  const windows: Window[] = Array.isArray(value) ? (value as Window[]) : [];
  const put = (at: number, part: Partial<Window>) => onChange(windows.map((one, here) => (here === at ? { ...one, ...part } : one)));
  return (
    <div className={styles['pair']} role="group" aria-label={label}>
      <div className="muted">{help}</div>
      {error !== undefined && <div role="alert">{error}</div>}
      {windows.map((hours, at) => (
        // Windows have no names, and stay in their order.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={at} className={styles['rule']}>
          <legend>Hours {at + 1}</legend>
          <span className={styles['remove']}>
            <IconButton small label={`Remove hours ${at + 1}`} onClick={() => onChange(windows.filter((_, here) => here !== at))}>
              <IconX size={15} />
            </IconButton>
          </span>
          <ManyField {...none} label="On these days" help="None for every day" choices={DAYS} value={hours.days ?? []} onChange={(days) => put(at, { days })} />
          <TextField {...none} mono label="From" error={wrongTime(hours.from)} value={hours.from} onChange={(from) => put(at, { from: from.trim() })} />
          <TextField {...none} mono label="To" help="May be over midnight; the end of the day is 24:00" error={wrongTime(hours.to)} value={hours.to} onChange={(to) => put(at, { to: to.trim() })} />
          <SelectField {...none} label="By the clock of" searchable choices={zones(hours.zone).map((zone) => ({ value: zone, label: zone }))} value={hours.zone} onChange={(zone) => put(at, { zone: zone ?? hours.zone })} />
        </fieldset>
      ))}
      <div>
        <Button small icon={<IconPlus size={14} />} onClick={() => onChange([...windows, blank()])}>
          Add hours
        </Button>
      </div>
    </div>
  );
}
