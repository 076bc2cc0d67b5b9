/** The kinds of declared objects, each described once: lists, forms, read-only views and references follow from it. */
import type { ResourceType, SecretSource } from '../api/types';
import { host, keyLines, mail, type Field, type Values } from '../form/field';
import { activity } from './activity';
import { administrativeRule } from './administrativeRule';
import { description, where } from './fields';
import { optionFields } from './options';
import { profile } from './profile';
import { retention } from './retention';
import { secret } from './secret';

export interface Kind {
  kind: string;
  one: string;
  many: string;
  about: string;
  /** What there is to say about one; those with a `column` are in the list, in this order. */
  fields(values: Values, types: ResourceType[], sources?: SecretSource[]): Field[];
  /** What there is to say depends on the types of resources. */
  typed?: true;
  /** What a new one says before anything is filled in. */
  fresh: Values;
  /** What is sent of the answers, where questions that are no longer asked have left some. */
  sent?(values: Values): Values;
  /** The filter of the sessions that belong to one; none where sessions do not know of it. */
  sessions?(name: string, spec: Values): Record<string, string>;
}

const user: Kind = {
  kind: 'user',
  one: 'user',
  many: 'Users',
  about: 'People and machines that sign in.',
  fresh: { roles: [], ssh_keys: [], disabled: false },
  sessions: (name) => ({ user: name }),
  fields: () => [
    { name: 'display_name', label: 'Shown as', help: 'Empty means the login name', type: 'text', column: { width: 180 } },
    {
      name: 'kind',
      label: 'Kind',
      help: 'A service account is an application or a machine: it has keys, and does not sign in here',
      type: 'choice',
      none: 'Person',
      choices: [{ value: 'service', label: 'Service account', short: 'service' }],
      column: { width: 120 },
    },
    { name: 'email', label: 'E-mail', type: 'email', check: mail, column: { width: 220, grow: true } },
    {
      name: 'roles',
      label: 'Roles',
      help: 'Everyone sees their own sessions. An auditor sees and plays all; an administrator also changes and stops them.',
      type: 'many',
      choices: [
        { value: 'admin', label: 'Administrator' },
        { value: 'auditor', label: 'Auditor' },
      ],
      column: { width: 170 },
    },
    { name: 'provider_groups', label: 'Groups of the identity provider', help: 'As it said at the last login', type: 'lines', when: (values) => Array.isArray(values['provider_groups']) },
    { name: 'password', label: 'New password', help: 'At least 8 characters. Empty changes nothing.', type: 'secret', section: 'Signing in', when: (values) => values['kind'] !== 'service' },
    { name: 'ssh_keys', label: 'SSH public keys', help: 'One a line, as in authorized_keys', type: 'lines', check: keyLines, column: { width: 110, title: 'SSH keys' } },
    {
      name: 'disabled',
      label: 'Disabled',
      help: 'Cannot sign in, and loses running sessions',
      type: 'switch',
      on: { word: 'disabled', tone: 'warn' },
      off: { word: 'enabled', tone: 'ok' },
      column: { width: 100, title: 'State' },
    },
  ],
};

const group: Kind = {
  kind: 'group',
  one: 'group',
  many: 'Groups',
  about: 'Sets of users that access rules speak of.',
  fresh: { members: [] },
  sessions: (name) => ({ group: name }),
  fields: () => [{ name: 'members', label: 'Members', type: 'refs', kind: 'user', column: { width: 320, grow: true } }, description],
};

const resource: Kind = {
  kind: 'resource',
  one: 'resource',
  many: 'Resources',
  about: 'What is reached through the gateway.',
  typed: true,
  fresh: { type: 'ssh', labels: {} },
  sessions: (name) => ({ resource: name }),
  fields: (values, types) => {
    const type = types.find((one) => one.id === values['type']);
    const port = type?.default_port;
    return [
      {
        name: 'type',
        label: 'Type',
        type: 'choice',
        required: true,
        choices: types.map((one) => ({ value: one.id, label: one.title })),
        look: 'protocol',
        column: { width: 84 },
      },
      { name: 'host', label: 'Host', help: 'Name or address, as the gateway reaches it', type: 'mono', required: true, check: host, column: { width: 190 } },
      { name: 'port', label: 'Port', type: 'number', min: 1, max: 65_535, ...(port == null ? {} : { placeholder: String(port) }), column: { width: 70, end: true } },
      description,
      { name: 'labels', label: 'Labels', help: 'Access rules and accounts can match them', type: 'labels', column: { width: 200 } },
      ...optionFields(type),
    ];
  },
};

const account: Kind = {
  kind: 'account',
  one: 'account',
  many: 'Accounts',
  about: 'Identities that are used on resources.',
  fresh: { resources: { names: [], labels: {} } },
  sessions: (name, spec) => {
    const names = ((spec['resources'] as Values | undefined)?.['names'] ?? []) as string[];
    const login = typeof spec['login'] === 'string' && spec['login'] !== '' ? spec['login'] : name;
    return { account: login, ...(names.length === 0 || names.includes('*') ? {} : { resource: names.join(',') }) };
  },
  fields: () => [
    { name: 'login', label: 'Login on the resource', help: 'Empty means the name of this account', type: 'mono', column: { width: 140, title: 'Login' } },
    { name: 'secret', label: 'Secret', help: 'Proves the account to the resource', type: 'ref', kind: 'secret', none: 'The user supplies their own', column: { width: 180 } },
    where('Where it may be used'),
  ],
};

const accessRule: Kind = {
  kind: 'access_rule',
  one: 'access rule',
  many: 'Access rules',
  about: 'Who may use which resource, as which account, under which profile. Denying beats allowing.',
  fresh: { effect: 'allow', users: [], groups: [], accounts: [], resources: { names: [], labels: {} } },
  sessions: (name) => ({ access_rule: name }),
  fields: (values) => [
    {
      name: 'effect',
      label: 'Effect',
      type: 'choice',
      choices: [
        { value: 'allow', label: 'Allow', tone: 'ok' },
        { value: 'deny', label: 'Deny', tone: 'danger' },
      ],
      column: { width: 84 },
    },
    { ...description, column: { width: 220, grow: true, hidden: true } },
    { name: 'users', label: 'Users', type: 'refs', kind: 'user', all: 'Everyone', section: 'Who', column: { width: 150 } },
    { name: 'groups', label: 'Groups', type: 'refs', kind: 'group', column: { width: 150 } },
    where('What'),
    {
      name: 'accounts',
      label: 'Accounts',
      help: values['effect'] === 'deny' ? 'Empty means every account' : 'In order of preference; the first is used when none is named',
      type: 'refs',
      kind: 'account',
      section: 'How',
      column: { width: 170 },
    },
    {
      name: 'profile',
      label: 'Profile',
      type: 'ref',
      kind: 'profile',
      none: 'That of the activity, or the built-in default',
      when: (all) => all['effect'] !== 'deny',
      column: { width: 120 },
    },
    {
      name: 'activity',
      label: 'Activity',
      help: 'What is done on the resource for each session. One that makes an account needs none above.',
      type: 'ref',
      kind: 'activity',
      none: 'Nothing is done',
      when: (all) => all['effect'] !== 'deny',
      column: { width: 120 },
    },
  ],
};

export const kinds: Record<string, Kind> = Object.fromEntries(
  [resource, account, secret, accessRule, profile, activity, administrativeRule, retention, user, group].map((kind) => [kind.kind, kind]),
);
