import type { Values } from '../form/field';
import { description, where } from './fields';
import type { Kind } from './kinds';

const selected = (values: Values): boolean => values['remote_access'] === 'selected';

/** Who sees which sessions of others. */
export const administrativeRule: Kind = {
  kind: 'administrative_rule',
  one: 'administrative rule',
  many: 'Administrative rules',
  about: 'Who sees which sessions of others, beside administrators and auditors. Rules add up; one’s own sessions need none.',
  fresh: { users: [], groups: [], remote_access: 'selected', gateways: [], resources: { names: [], labels: {} }, play_recordings: false, moderate: false },
  fields: () => [
    { name: 'users', label: 'Users', type: 'refs', kind: 'user', all: 'Everyone', section: 'Who', column: { width: 150 } },
    { name: 'groups', label: 'Groups', type: 'refs', kind: 'group', column: { width: 150 } },
    {
      name: 'remote_access',
      label: 'Remote access',
      help: 'Whose sessions they see, beside their own',
      type: 'choice',
      section: 'Whose sessions',
      choices: [
        { value: 'none', label: 'None: nobody’s', short: 'none' },
        { value: 'selected', label: 'Selected: those on some gateways or resources', short: 'selected' },
        { value: 'all', label: 'All: everybody’s', short: 'all', tone: 'warn' },
      ],
      column: { width: 130 },
    },
    { name: 'gateways', label: 'Gateways', help: 'One a line: all sessions that they carry', type: 'lines', when: selected, column: { width: 150 } },
    { ...where('Of which resources'), when: selected },
    {
      name: 'play_recordings',
      label: 'Play recordings',
      help: 'Watch, replay, search and take out what was done in them; without it they see that there were sessions',
      type: 'switch',
      section: 'What they may do',
      on: { word: 'played' },
      off: { word: 'listed' },
      column: { width: 100, title: 'Recordings' },
    },
    { name: 'moderate', label: 'Lock and end sessions', help: 'Each by itself, not whole users or resources', type: 'switch', on: { word: 'yes', tone: 'warn' }, off: { word: 'no' }, column: { width: 100, title: 'Moderate' } },
    description,
  ],
};
