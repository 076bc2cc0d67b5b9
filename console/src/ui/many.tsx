/** Inputs that take several words. Apart, because the list of sessions does without them. */
import { MultiSelect, TagsInput } from '@mantine/core';
import type { Choice } from './choosers';
import { common, type Common } from './common';

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

