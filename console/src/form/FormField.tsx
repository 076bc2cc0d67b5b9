import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { objectsQuery } from '../api/objects';
import { AreaField, NumberField, PasswordField, SelectField, SwitchField, TextField } from '../ui/fields';
import { ManyField, TagsField } from '../ui/many';
import { RulesField } from './RulesField';
import { StepsField } from './StepsField';
import { WindowsField } from './WindowsField';
import { readDuration, readLabels, writeDuration, type Field } from './field';
import styles from './Form.module.css';

interface Props {
  field: Field;
  value: unknown;
  error: string | undefined;
  onChange(value: unknown): void;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

/** One question of a form, by its description. */
export function FormField({ field, value, error, onChange }: Props) {
  const common = {
    label: field.label,
    help: field.help,
    required: field.required,
    placeholder: field.placeholder,
    error,
  };
  switch (field.type) {
    case 'text':
    case 'mono':
    case 'email':
      return <TextField {...common} mono={field.type === 'mono'} type={field.type === 'email' ? 'email' : 'text'} value={text(value)} onChange={onChange} />;
    case 'area':
      return <AreaField {...common} rows={2} value={text(value)} onChange={onChange} />;
    case 'mono-area':
      return <AreaField {...common} mono rows={3} value={text(value)} onChange={onChange} />;
    case 'secret':
      return <PasswordField {...common} value={text(value)} onChange={(next) => onChange(next === '' ? undefined : next)} />;
    case 'secret-area':
      return <AreaField {...common} mono rows={6} value={text(value)} onChange={(next) => onChange(next === '' ? undefined : next)} />;
    case 'lines':
      return (
        <AreaField
          {...common}
          mono
          rows={3}
          value={list(value).join('\n')}
          onChange={(next) => onChange(next === '' ? [] : next.split('\n'))}
        />
      );
    case 'words':
      return <TagsField {...common} value={list(value)} onChange={onChange} />;
    case 'number':
      return (
        <NumberField
          {...common}
          value={typeof value === 'number' ? value : null}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    case 'duration':
      return <DurationField {...common} zero={field.zero} value={value} onChange={onChange} />;
    case 'switch':
      return <SwitchField label={field.label} help={field.help} value={value === true} onChange={onChange} />;
    case 'choice':
      return (
        <SelectField
          {...common}
          clearable={field.none !== undefined}
          placeholder={field.none}
          choices={field.choices}
          value={text(value) === '' ? null : text(value)}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    case 'many':
      return <ManyField {...common} choices={field.choices} value={list(value)} onChange={onChange} />;
    case 'ref':
      return <RefField {...common} kind={field.kind} none={field.none} value={text(value)} onChange={onChange} />;
    case 'refs':
      return <RefsField {...common} kind={field.kind} all={field.all} value={list(value)} onChange={onChange} />;
    case 'selector':
      return <SelectorField {...common} kind={field.kind} all={field.all} value={value} onChange={onChange} />;
    case 'labels':
      return <LabelsField {...common} value={value} onChange={onChange} />;
    case 'rules':
      return <RulesField about={field.about} label={field.label} help={field.help} value={value} onChange={onChange} />;
    case 'steps':
      return <StepsField label={field.label} help={field.help} error={error} when={field.stands} value={value} onChange={onChange} />;
    case 'windows':
      return <WindowsField label={field.label} help={field.help} error={error} value={value} onChange={onChange} />;
  }
}

interface Common {
  label: string;
  help: string | undefined;
  required: boolean | undefined;
  placeholder: string | undefined;
  error: string | undefined;
  onChange(value: unknown): void;
}

function DurationField({ value, zero, onChange, help, ...rest }: Common & { value: unknown; zero: string | undefined }) {
  const [typed, setTyped] = useState(typeof value === 'number' ? writeDuration(value) : '');
  const hint = [help, zero === undefined ? '' : `0 means ${zero}.`].filter((one) => one !== '' && one !== undefined).join('. ');
  return (
    <TextField
      {...rest}
      placeholder="1h 30m"
      help={hint === '' ? undefined : hint}
      value={typed}
      onChange={(next) => {
        setTyped(next);
        onChange(next.trim() === '' ? undefined : readDuration(next));
      }}
    />
  );
}

function RefField({ kind, none, value, onChange, ...rest }: Common & { kind: string; none: string; value: string }) {
  const known = useQuery(objectsQuery(kind));
  const names = known.data?.map((one) => one.name) ?? [];
  const all = value !== '' && !names.includes(value) ? [value, ...names] : names;
  return (
    <SelectField
      {...rest}
      placeholder={none}
      clearable
      searchable
      choices={all.map((name) => ({ value: name, label: name }))}
      value={value === '' ? null : value}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

function RefsField({ kind, all, value, onChange, ...rest }: Common & { kind: string; all: string | undefined; value: string[] }) {
  const known = useQuery(objectsQuery(kind));
  const names = [...new Set([...(known.data?.map((one) => one.name) ?? []), ...value])].filter((name) => name !== '*');
  const choices = names.map((name) => ({ value: name, label: name }));
  return (
    <ManyField
      {...rest}
      choices={all === undefined ? choices : [{ value: '*', label: all }, ...choices]}
      value={value}
      onChange={onChange}
    />
  );
}

function SelectorField({ kind, all, value, onChange, label, error, help, required }: Common & { kind: string; all: string; value: unknown }) {
  const { names, labels } = (value ?? {}) as { names?: string[]; labels?: unknown };
  const put = (key: string) => (next: unknown) => onChange({ names: names ?? [], labels: labels ?? {}, [key]: next });
  const rest = { required: undefined, placeholder: undefined };
  return (
    <div className={styles['pair']}>
      <RefsField {...rest} label={`${label} by name`} help={help} required={required} error={error} kind={kind} all={all} value={list(names)} onChange={put('names')} />
      <LabelsField {...rest} label={`${label} by label`} help="All labels must agree" error={undefined} value={labels} onChange={put('labels')} />
    </div>
  );
}

function LabelsField({ value, onChange, error, ...rest }: Common & { value: unknown }) {
  const labels = typeof value === 'object' && value !== null ? Object.entries(value as Record<string, string>) : [];
  const [bad, setBad] = useState(false);
  return (
    <TagsField
      {...rest}
      placeholder="env=prod"
      error={bad ? 'Write each label as name=value' : error}
      value={labels.map(([key, one]) => `${key}=${one}`)}
      onChange={(parts) => {
        const read = readLabels(parts);
        setBad(read === null);
        if (read !== null) onChange(read);
      }}
    />
  );
}
