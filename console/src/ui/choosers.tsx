/** Inputs that choose from what is known. */
import { MultiSelect, Select, TagsInput } from '@mantine/core';
import { common, type Common } from './common';

export interface Choice {
  value: string;
  label: string;
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

