import { description, where } from './fields';
import type { Kind } from './kinds';

/** How long recordings are kept. */
export const retention: Kind = {
  kind: 'retention',
  one: 'rule of retention',
  many: 'Retention',
  about: 'How long recordings are kept. Of several rules the longest counts; without one they are kept without end.',
  fresh: { keep_secs: 7_776_000, types: [], resources: { names: [], labels: {} } },
  fields: (_, types) => [
    { name: 'keep_secs', label: 'Kept for', help: 'Counted from the end of each recording', type: 'duration', required: true, zero: 'without end', column: { width: 130 } },
    {
      name: 'types',
      label: 'Types',
      help: 'None ticked means every type',
      type: 'many',
      choices: types.map((one) => ({ value: one.id, label: one.title, short: one.id })),
      section: 'Which recordings',
      column: { width: 160 },
    },
    where('Of which resources'),
    description,
  ],
};
