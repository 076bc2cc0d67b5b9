import { Button } from '../ui/Button';
import { IconButton } from '../ui/IconButton';
import { IconPlus, IconX } from '../ui/icons';
import { SelectField, TextField } from '../ui/fields';
import { TagsField } from '../ui/many';
import styles from './Form.module.css';
import { AFTER, BEFORE, blank, type Step } from './steps';

const none = { required: undefined, error: undefined };

interface Props {
  label: string;
  help: string | undefined;
  error: string | undefined;
  when: 'before' | 'after';
  value: unknown;
  onChange(value: unknown): void;
}

/** What is done on a resource for a session, in its order. */
export function StepsField({ label, help, error, when, value, onChange }: Props) {
  const steps: Step[] = Array.isArray(value) ? (value as Step[]) : [];
  const choices = when === 'before' ? BEFORE : AFTER;
  const put = (at: number, step: Step) => onChange(steps.map((one, here) => (here === at ? step : one)));
  return (
    <div className={styles['pair']} role="group" aria-label={label}>
      <div className="muted">{help}</div>
      {error !== undefined && <div role="alert">{error}</div>}
      {steps.map((step, at) => (
        // Steps have no names, and stay in their order.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={at} className={styles['rule']}>
          <legend>Step {at + 1}</legend>
          <span className={styles['remove']}>
            <IconButton small label={`Remove step ${at + 1}`} onClick={() => onChange(steps.filter((_, here) => here !== at))}>
              <IconX size={15} />
            </IconButton>
          </span>
          <SelectField {...none} label="What is done" clearable={false} choices={choices} value={step.do} onChange={(next) => put(at, blank(next ?? step.do))} />
          <Parts step={step} undone={when === 'before'} onChange={(part) => put(at, { ...step, ...part })} />
        </fieldset>
      ))}
      <div>
        <Button small icon={<IconPlus size={14} />} onClick={() => onChange([...steps, blank(choices[0]?.value ?? 'run')])}>
          Add a step
        </Button>
      </div>
    </div>
  );
}

function Parts({ step, undone, onChange }: { step: Step; undone: boolean; onChange(part: Partial<Step>): void }) {
  switch (step.do) {
    case 'join_group':
      return <TextField {...none} mono label="Group" value={step.group ?? ''} onChange={(group) => onChange({ group })} />;
    case 'grant':
      return (
        <>
          <TagsField {...none} label="Privileges" placeholder="select" value={step.privileges ?? []} onChange={(privileges) => onChange({ privileges })} />
          <TextField {...none} mono label="On" help="PostgreSQL: database NAME, schema NAME, table NAME, tables SCHEMA. MySQL: DATABASE.TABLE, with * for all." value={step.on ?? ''} onChange={(on) => onChange({ on })} />
        </>
      );
    case 'run':
      return (
        <>
          <TextField {...none} mono label="Command or statement" help="With the administrator’s rights. {account}, {user}, {resource} and {session} stand for this session’s, quoted." value={step.command ?? ''} onChange={(command) => onChange({ command })} />
          {undone && <TextField {...none} mono label="What takes it back" help="Empty for nothing" value={step.undo ?? ''} onChange={(undo) => onChange({ undo })} />}
        </>
      );
    default:
      return null;
  }
}
