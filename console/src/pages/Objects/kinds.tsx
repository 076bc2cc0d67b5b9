/** The kinds of objects: how each is listed, and what its form asks. */
import type { ReactNode } from 'react';
import type { ResourceType, StoredObject } from '../../api/types';
import type { Field, Values } from '../../form/field';
import { writeDuration } from '../../form/field';
import type { Column } from '../../list/column';
import { TypeTag } from '../../session/TypeTag';
import { Moment } from '../../ui/Moment';
import { Tag } from '../../ui/Tag';
import { optionFields } from './options';

export interface Kind {
  kind: string;
  one: string;
  many: string;
  about: string;
  columns: Column<StoredObject>[];
  fields(values: Values, types: ResourceType[]): Field[];
  /** What a new one says before anything is filled in. */
  fresh: Values;
}

const none = <span className="muted">–</span>;
const said = (value: unknown): ReactNode => (value === undefined || value === null || value === '' ? none : String(value));
const names = (value: unknown): ReactNode =>
  Array.isArray(value) && value.length > 0 ? value.map((one) => (one === '*' ? 'everything' : String(one))).join(', ') : none;
const at = (object: StoredObject, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Values)[key] : undefined), object.spec);
const tags = (value: unknown): ReactNode => {
  const entries = Object.entries((value ?? {}) as Record<string, string>);
  return entries.length === 0 ? none : entries.map(([key, one]) => `${key}=${one}`).join(', ');
};
const chosen = (object: StoredObject): ReactNode => {
  const labels = Object.keys((at(object, 'resources', 'labels') ?? {}) as object).length > 0;
  return labels ? tags(at(object, 'resources', 'labels')) : names(at(object, 'resources', 'names'));
};

const column = (id: string, title: string, width: number, render: (object: StoredObject) => ReactNode, more: Partial<Column<StoredObject>> = {}) => ({
  id,
  title,
  width,
  render,
  ...more,
});
const name = column('name', 'Name', 180, (object) => <strong style={{ fontWeight: 600 }}>{object.name}</strong>);
const changed = column('updated_at', 'Changed', 110, (object) => <Moment at={object.updated_at} />);
const about = column('description', 'Description', 220, (object) => said(object.spec['description']), { grow: true });

const description: Field = { name: 'description', label: 'Description', type: 'area' };
const which = (section: string): Field[] => [
  { name: 'resources.names', label: 'Resources by name', type: 'refs', kind: 'resource', all: 'Every resource', section },
  { name: 'resources.labels', label: 'Resources by label', help: 'All labels must agree', type: 'labels' },
];

export const CAPABILITIES = [
  ['shell', 'Interactive shell'],
  ['exec', 'Single commands'],
  ['subsystem', 'Subsystems other than file transfer'],
  ['file_upload', 'Send files to the resource'],
  ['file_download', 'Fetch files from the resource'],
  ['forward_local', 'Connections from the resource’s network (-L, -D)'],
  ['forward_remote', 'Listening on the resource (-R)'],
  ['forward_agent', 'The user’s own keys on the resource (-A)'],
  ['forward_x11', 'Windows of the resource (X11)'],
  ['stream', 'A plain stream of bytes'],
] as const;

const user: Kind = {
  kind: 'user',
  one: 'user',
  many: 'Users',
  about: 'People and machines that sign in.',
  fresh: { roles: [], ssh_keys: [], disabled: false },
  columns: [
    name,
    column('display_name', 'Shown as', 180, (object) => said(object.spec['display_name'])),
    column('email', 'E-mail', 220, (object) => said(object.spec['email']), { grow: true }),
    column('roles', 'Roles', 150, (object) => names(object.spec['roles'])),
    column('keys', 'SSH keys', 90, (object) => said(((object.spec['ssh_keys'] ?? []) as unknown[]).length), { align: 'end' }),
    column('disabled', 'State', 100, (object) => (object.spec['disabled'] === true ? <Tag tone="warn">disabled</Tag> : <Tag tone="ok">enabled</Tag>)),
    changed,
  ],
  fields: () => [
    { name: 'display_name', label: 'Shown as', help: 'Empty means the login name', type: 'text' },
    { name: 'email', label: 'E-mail', type: 'email' },
    {
      name: 'roles',
      label: 'Roles',
      help: 'Everyone sees their own sessions. An auditor sees and plays all; an administrator also changes and stops them.',
      type: 'many',
      choices: [
        { value: 'admin', label: 'Administrator' },
        { value: 'auditor', label: 'Auditor' },
      ],
    },
    { name: 'password', label: 'New password', help: 'Leave empty to keep the one there is', type: 'secret', section: 'Signing in' },
    { name: 'ssh_keys', label: 'SSH public keys', help: 'One a line, as in authorized_keys', type: 'lines' },
    { name: 'disabled', label: 'Disabled', help: 'Cannot sign in, and loses running sessions', type: 'switch' },
  ],
};

const group: Kind = {
  kind: 'group',
  one: 'group',
  many: 'Groups',
  about: 'Sets of users that access rules speak of.',
  fresh: { members: [] },
  columns: [name, column('members', 'Members', 320, (object) => names(object.spec['members']), { grow: true }), about, changed],
  fields: () => [{ name: 'members', label: 'Members', type: 'refs', kind: 'user' }, description],
};

const resource: Kind = {
  kind: 'resource',
  one: 'resource',
  many: 'Resources',
  about: 'What is reached through the gateway.',
  fresh: { type: 'ssh', labels: {} },
  columns: [
    name,
    column('type', 'Type', 90, (object) => <TypeTag type={String(object.spec['type'] ?? '')} />),
    column('host', 'Host', 200, (object) => `${String(object.spec['host'] ?? '')}${object.spec['port'] == null ? '' : `:${String(object.spec['port'])}`}`, { mono: true }),
    column('labels', 'Labels', 200, (object) => tags(object.spec['labels'])),
    about,
    changed,
  ],
  fields: (values, types) => {
    const type = types.find((one) => one.id === values['type']);
    const port = type?.default_port;
    return [
      { name: 'type', label: 'Type', type: 'choice', required: true, choices: types.map((one) => ({ value: one.id, label: one.title })) },
      { name: 'host', label: 'Host', help: 'Name or address, as the gateway reaches it', type: 'mono', required: true },
      { name: 'port', label: 'Port', type: 'number', min: 1, max: 65_535, ...(port == null ? {} : { placeholder: String(port) }) },
      description,
      { name: 'labels', label: 'Labels', help: 'Access rules can match them', type: 'labels' },
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
  columns: [
    name,
    column('login', 'Login', 140, (object) => said(object.spec['login'] === '' ? object.name : (object.spec['login'] ?? object.name)), { mono: true }),
    column('resources', 'Resources', 260, chosen, { grow: true }),
    column('secret', 'Secret', 160, (object) => said(object.spec['secret'])),
    changed,
  ],
  fields: () => [
    { name: 'login', label: 'Login on the resource', help: 'Empty means the name of this account', type: 'mono' },
    { name: 'secret', label: 'Secret', help: 'Proves the account to the resource', type: 'ref', kind: 'secret', none: 'The user supplies their own' },
    ...which('Where it may be used'),
  ],
};

const secret: Kind = {
  kind: 'secret',
  one: 'secret',
  many: 'Secrets',
  about: 'Passwords and keys, sealed. A value goes in and never comes out again.',
  fresh: { form: 'password' },
  columns: [
    name,
    column('form', 'Form', 130, (object) => (object.spec['form'] === 'private_key' ? 'private key' : 'password')),
    about,
    changed,
  ],
  fields: () => [
    {
      name: 'form',
      label: 'Form',
      type: 'choice',
      choices: [
        { value: 'password', label: 'Password' },
        { value: 'private_key', label: 'Private key' },
      ],
    },
    { name: 'value', label: 'New value', help: 'Sealed on its way in. Leave empty to keep the one there is.', type: 'secret', when: (values) => values['form'] !== 'private_key' },
    { name: 'value', label: 'New private key', help: 'OpenSSH or PEM form. Leave empty to keep the one there is.', type: 'secret-area', when: (values) => values['form'] === 'private_key' },
    description,
  ],
};

const profile: Kind = {
  kind: 'profile',
  one: 'profile',
  many: 'Profiles',
  about: 'How long a session may last, what is recorded, and what is allowed in it.',
  fresh: {
    max_duration_secs: 28_800,
    idle_timeout_secs: 3600,
    warning_secs: 60,
    owner_extension_secs: 3600,
    recording: 'full',
    durability: 'group',
    mask_hidden_input: true,
    allow: ['shell', 'exec', 'subsystem', 'file_upload', 'file_download', 'stream'],
  },
  columns: [
    name,
    column('max', 'At most', 110, (object) => writeDuration(Number(object.spec['max_duration_secs'] ?? 0))),
    column('idle', 'Idle at most', 110, (object) => (Number(object.spec['idle_timeout_secs'] ?? 0) === 0 ? 'no limit' : writeDuration(Number(object.spec['idle_timeout_secs'])))),
    column('recording', 'Recording', 110, (object) => said(object.spec['recording'])),
    column('durability', 'Delivery', 100, (object) => said(object.spec['durability'])),
    column('allow', 'Allowed', 300, (object) => names((((object.spec['allow'] ?? []) as string[]).map((one) => one.replaceAll('_', ' ')))), { grow: true }),
    changed,
  ],
  fields: () => [
    { name: 'max_duration_secs', label: 'A session lasts at most', type: 'duration', required: true },
    { name: 'idle_timeout_secs', label: 'Ended when idle for', type: 'duration', zero: 'no limit' },
    { name: 'warning_secs', label: 'Warning before either', type: 'duration', zero: 'no warning' },
    { name: 'owner_extension_secs', label: 'The owner may extend by, in total', type: 'duration', zero: 'not at all' },
    {
      name: 'recording',
      label: 'Recording',
      type: 'choice',
      section: 'Recording',
      choices: [
        { value: 'full', label: 'Everything; of files the hash' },
        { value: 'interactive', label: 'Interactive traffic; of bulk streams only what and how much' },
      ],
    },
    {
      name: 'durability',
      label: 'Delivery',
      type: 'choice',
      choices: [
        { value: 'group', label: 'Records are on disk within 250 ms' },
        { value: 'strict', label: 'No byte is delivered before its record is on disk' },
      ],
    },
    { name: 'mask_hidden_input', label: 'Mask what is typed while nothing is echoed', help: 'Such as passwords', type: 'switch' },
    { name: 'allow', label: 'Allowed', type: 'many', section: 'Inside the session', choices: CAPABILITIES.map(([value, label]) => ({ value, label })) },
  ],
};

const accessRule: Kind = {
  kind: 'access_rule',
  one: 'access rule',
  many: 'Access rules',
  about: 'Who may use which resource, as which account, under which profile. A rule that denies beats every rule that allows.',
  fresh: { effect: 'allow', users: [], groups: [], accounts: [], resources: { names: [], labels: {} } },
  columns: [
    name,
    column('effect', 'Effect', 84, (object) => (object.spec['effect'] === 'deny' ? <Tag tone="danger">deny</Tag> : <Tag tone="ok">allow</Tag>)),
    column('users', 'Users', 150, (object) => names(object.spec['users'])),
    column('groups', 'Groups', 150, (object) => names(object.spec['groups'])),
    column('resources', 'Resources', 200, chosen, { grow: true }),
    column('accounts', 'Accounts', 150, (object) => names(object.spec['accounts'])),
    column('profile', 'Profile', 120, (object) => said(object.spec['profile'])),
    changed,
  ],
  fields: (values) => [
    {
      name: 'effect',
      label: 'Effect',
      type: 'choice',
      choices: [
        { value: 'allow', label: 'Allow' },
        { value: 'deny', label: 'Deny' },
      ],
    },
    description,
    { name: 'users', label: 'Users', type: 'refs', kind: 'user', all: 'Everyone', section: 'Who' },
    { name: 'groups', label: 'Groups', type: 'refs', kind: 'group' },
    ...which('What'),
    {
      name: 'accounts',
      label: 'Accounts',
      help: values['effect'] === 'deny' ? 'Empty means every account' : 'In order of preference; the first is used when none is named',
      type: 'refs',
      kind: 'account',
      section: 'How',
    },
    { name: 'profile', label: 'Profile', type: 'ref', kind: 'profile', none: 'The built-in default', when: (all) => all['effect'] !== 'deny' },
  ],
};

export const kinds: Record<string, Kind> = Object.fromEntries(
  [user, group, resource, account, secret, profile, accessRule].map((kind) => [kind.kind, kind]),
);
