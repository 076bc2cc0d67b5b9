/** What all inputs have: a label above, help below it and the error beneath. */
export interface Common {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
  placeholder?: string | undefined;
  autoFocus?: boolean | undefined;
}

export const common = ({ label, help, error, required, disabled, placeholder, autoFocus }: Common) => ({
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
