import type { Kind } from './kinds';
import { description } from './fields';

/** The types of resources on which something can be prepared. */
const TYPES = ['ssh', 'postgres', 'mysql'];

const makesAccount = (before: unknown): boolean => Array.isArray(before) && before.some((step: { do?: string }) => step.do === 'create_account');

/** What is done on a resource for a session. */
export const activity: Kind = {
  kind: 'activity',
  one: 'activity',
  many: 'Activities',
  about: 'What is done on a resource before a session begins, and taken back when it has ended. An access rule names the activity that it gives.',
  typed: true,
  fresh: { type: 'postgres', before: [{ do: 'create_account' }], after: [] },
  fields: (values, types) => [
    {
      name: 'type',
      label: 'Type of the resources',
      type: 'choice',
      required: true,
      choices: types.filter((one) => TYPES.includes(one.id)).map((one) => ({ value: one.id, label: one.title })),
      look: 'protocol',
      column: { width: 84, title: 'Type' },
    },
    { name: 'administrator', label: 'Administrator', help: 'The account with which the steps are done', type: 'ref', kind: 'account', none: 'None yet', required: true, column: { width: 150 } },
    {
      name: 'account',
      label: 'Account of the session',
      help: 'Where the access rule names none',
      type: 'ref',
      kind: 'account',
      none: 'That of the access rule',
      when: (all) => !makesAccount(all['before']),
      column: { width: 140, title: 'Account' },
    },
    { name: 'profile', label: 'Profile', help: 'Where the access rule names none', type: 'ref', kind: 'profile', none: 'That of the access rule', column: { width: 120 } },
    {
      name: 'before',
      label: 'Steps before the session',
      help: 'Done in this order before the session can be used; taken back in the other order when it has ended.',
      type: 'steps',
      stands: 'before',
      section: 'Before the session',
      column: { width: 320, grow: true, title: 'Before' },
    },
    {
      name: 'after',
      label: 'Steps after the session',
      help: makesAccount(values['before']) ? 'Done when the session has ended, before its account is removed.' : 'Done when the session has ended.',
      type: 'steps',
      stands: 'after',
      section: 'After the session',
      column: { width: 160, title: 'After', hidden: true },
    },
    { ...description, column: { width: 220, hidden: true } },
  ],
};
