/** Inputs with a label above, help below it and the error beneath. */
import { NumberInput, PasswordInput, Select, TagsInput, MultiSelect, Textarea, TextInput, Switch, Checkbox } from '@mantine/core';
import type { HTMLAttributes } from 'react';

interface Common {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
  placeholder?: string | undefined;
  autoFocus?: boolean | undefined;
}

export interface Choice {
  value: string;
  label: string;
}

const common = ({ label, help, error, required, disabled, placeholder, autoFocus }: Common) => ({
  label,
  description: help,
  error,
  required,
  disabled,
  placeholder,
  'data-autofocus': autoFocus || undefined,
  autoFocus,
  size: 'sm' as const,
});

interface TextProps extends Common {
  value: string;
  onChange(value: string): void;
  mono?: boolean;
  name?: string;
  autoComplete?: string;
  inputMode?: HTMLAttributes<HTMLInputElement>['inputMode'];
  type?: 'text' | 'datetime-local' | 'email';
}

export function TextField({ value, onChange, mono, name, autoComplete = 'off', inputMode, type = 'text', ...rest }: TextProps) {
  return (
    <TextInput
      {...common(rest)}
      value={value}
      name={name}
      type={type}
      autoComplete={autoComplete}
      inputMode={inputMode}
      spellCheck={false}
      classNames={mono ? { input: 'mono' } : {}}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function PasswordField({ value, onChange, name, autoComplete = 'new-password', ...rest }: TextProps) {
  return (
    <PasswordInput
      {...common(rest)}
      value={value}
      name={name}
      autoComplete={autoComplete}
      visibilityToggleButtonProps={{ 'aria-label': 'Show or hide what is typed', tabIndex: 0 }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function AreaField({ value, onChange, mono, rows = 3, ...rest }: TextProps & { rows?: number }) {
  return (
    <Textarea
      {...common(rest)}
      value={value}
      rows={rows}
      spellCheck={!mono}
      classNames={mono ? { input: 'mono' } : {}}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface NumberProps extends Common {
  value: number | null;
  onChange(value: number | null): void;
  min?: number;
  max?: number;
}

export function NumberField({ value, onChange, min, max, ...rest }: NumberProps) {
  return (
    <NumberInput
      {...common(rest)}
      value={value ?? ''}
      min={min}
      max={max}
      hideControls
      allowDecimal={false}
      onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? null : Number(next))}
    />
  );
}

interface SelectProps extends Common {
  value: string | null;
  onChange(value: string | null): void;
  choices: Choice[];
  clearable?: boolean;
  searchable?: boolean;
}

export function SelectField({ value, onChange, choices, clearable = false, searchable = false, ...rest }: SelectProps) {
  return (
    <Select
      {...common(rest)}
      value={value}
      data={choices}
      clearable={clearable}
      searchable={searchable}
      allowDeselect={clearable}
      clearButtonProps={{ 'aria-label': `Clear ${rest.label}` }}
      comboboxProps={{ withinPortal: true }}
      onChange={onChange}
    />
  );
}

interface ManyProps extends Common {
  value: string[];
  onChange(value: string[]): void;
}

/** Several of known values. */
export function ManyField({ value, onChange, choices, ...rest }: ManyProps & { choices: Choice[] }) {
  return (
    <MultiSelect
      {...common(rest)}
      value={value}
      data={choices}
      searchable
      hidePickedOptions
      nothingFoundMessage="Nothing found"
      comboboxProps={{ withinPortal: true }}
      onChange={onChange}
    />
  );
}

/** Several values, known or new. */
export function TagsField({ value, onChange, known = [], ...rest }: ManyProps & { known?: string[] }) {
  return (
    <TagsInput
      {...common(rest)}
      value={value}
      data={known}
      acceptValueOnBlur
      comboboxProps={{ withinPortal: true }}
      onChange={onChange}
    />
  );
}

interface OnOffProps extends Omit<Common, 'required' | 'placeholder'> {
  value: boolean;
  onChange(value: boolean): void;
}

export function SwitchField({ value, onChange, label, help, disabled }: OnOffProps) {
  return (
    <Switch
      label={label}
      description={help}
      disabled={disabled}
      checked={value}
      size="sm"
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

export function CheckField({ value, onChange, label, help, disabled }: OnOffProps) {
  return (
    <Checkbox
      label={label}
      description={help}
      disabled={disabled}
      checked={value}
      size="xs"
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
