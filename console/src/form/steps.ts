/** Steps of activities, as they are written in an activity. */
export interface Step {
  do: string;
  group?: string;
  privileges?: string[];
  on?: string;
  command?: string;
  undo?: string;
}

/** What can be done before a session, and is taken back after it. */
export const BEFORE = [
  { value: 'create_account', label: 'Make an account for the session' },
  { value: 'join_group', label: 'Put the account into a group' },
  { value: 'grant', label: 'Grant privileges' },
  { value: 'run', label: 'Run a command or a statement' },
];

/** What can be done after it. */
export const AFTER = [
  { value: 'rotate_password', label: 'Give the account another password' },
  { value: 'run', label: 'Run a command or a statement' },
];

const WORDS: Record<string, string> = Object.fromEntries([...BEFORE, ...AFTER].map(({ value, label }) => [value, label]));

/** A step of a kind that says nothing yet. */
export function blank(kind: string): Step {
  switch (kind) {
    case 'join_group':
      return { do: kind, group: '' };
    case 'grant':
      return { do: kind, privileges: [], on: '' };
    case 'run':
      return { do: kind, command: '' };
    default:
      return { do: kind };
  }
}

/** Says what a step does, in few words. */
export function wordsOf(step: Step): string {
  switch (step.do) {
    case 'join_group':
      return `group ${step.group ?? ''}`;
    case 'grant':
      return `${(step.privileges ?? []).join(', ')} on ${step.on ?? ''}`;
    case 'run':
      return `run ${step.command ?? ''}`;
    default:
      return (WORDS[step.do] ?? step.do).toLowerCase();
  }
}
