/** Inputs that choose from what is known. */
import { Select } from '@mantine/core';
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
