/** Inputs of text, numbers and what is on or off. */
import { Checkbox, PasswordInput, Switch, Textarea, TextInput } from '@mantine/core';
import type { HTMLAttributes } from 'react';
import { common, type Common } from './common';

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
      aria-invalid={rest.error === undefined ? undefined : true}
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
      styles={{ input: { minHeight: rows * 20 + 14 } }}
      spellCheck={!mono}
      classNames={{ input: mono ? 'mono grows' : 'grows' }}
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

/** A whole number; one outside the bounds is brought inside when the field is left. */
export function NumberField({ value, onChange, min = 0, max = Number.MAX_SAFE_INTEGER, ...rest }: NumberProps) {
  return (
    <TextInput
      {...common(rest)}
      value={value === null ? '' : String(value)}
      inputMode="numeric"
      autoComplete="off"
      onChange={(event) => {
        const digits = event.currentTarget.value.replaceAll(/\D/g, '').slice(0, 15);
        onChange(digits === '' ? null : Number(digits));
      }}
      onBlur={() => {
        if (value !== null && (value < min || value > max)) onChange(Math.min(max, Math.max(min, value)));
      }}
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
