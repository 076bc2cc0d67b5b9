import type { SecretSource } from '../api/types';
import { get, type Choice, type Field, type Values } from '../form/field';
import type { Kind } from './kinds';
import { description } from './fields';

/** Where secrets can be kept beside the gateway's own vault. */
const SOURCES: Choice[] = [
  { value: 'vault', label: 'HashiCorp Vault', short: 'Vault' },
  { value: 'file', label: 'A file', short: 'file' },
  { value: 'env', label: 'A variable of the gateway’s environment', short: 'environment' },
  { value: 'command', label: 'What a program prints', short: 'program' },
];

const sourceOf = (values: Values): unknown => get(values, 'from.source');
const is =
  (...sources: string[]) =>
  (values: Values): boolean =>
    sources.includes(String(sourceOf(values)));

/** Questions about where a value is kept. Those that this gateway allows, and the one there is. */
function origin(values: Values, allowed: SecretSource[]): Field[] {
  const names = (source: string) => allowed.find((one) => one.source === source)?.names ?? [];
  const [beginning = ''] = names('env');
  const programs = [...new Set([...names('command'), ...(is('command')(values) ? [String(get(values, 'from.name') ?? '')] : [])])].filter((name) => name !== '');
  const choices = SOURCES.filter((one) => one.value === sourceOf(values) || allowed.some((source) => source.source === one.value));
  return [
    {
      name: 'from.source',
      label: 'Kept in',
      help: 'Elsewhere it is read anew for each use, and kept nowhere',
      type: 'choice',
      choices,
      none: 'The gateway’s own vault',
      when: () => choices.length > 0,
      column: { width: 196 },
    },
    { name: 'from.mount', label: 'Mount of the KV engine', type: 'mono', required: true, placeholder: 'kv', when: is('vault') },
    { name: 'from.path', label: 'Path in Vault', type: 'mono', required: true, placeholder: 'web/root', when: is('vault') },
    { name: 'from.field', label: 'Field', type: 'mono', required: true, placeholder: 'password', when: is('vault') },
    { name: 'from.version', label: 'Version in Vault', help: 'Empty means the newest', type: 'number', min: 1, when: (all) => is('vault')(all) && get(all, 'from.kv') !== 'v1' },
    { name: 'from.kv', label: 'KV engine', type: 'choice', none: 'Version 2', choices: [{ value: 'v1', label: 'Version 1' }], when: is('vault') },
    { name: 'from.path', label: 'Path of the file', help: 'Below the gateway’s folder of secrets', type: 'mono', required: true, when: is('file') },
    { name: 'from.name', label: 'Name of the variable', type: 'mono', required: true, ...(beginning === '' ? {} : { help: `Begins with ${beginning}` }), when: is('env') },
    { name: 'from.name', label: 'Program', help: 'Gets the name of this secret, and prints it', type: 'choice', required: true, choices: programs.map((name) => ({ value: name, label: name })), when: is('command') },
  ];
}

/** What each source is asked for. */
const ASKED: Record<string, string[]> = { vault: ['mount', 'path', 'field', 'version', 'kv'], file: ['path'], env: ['name'], command: ['name'] };

/** Leaves out what belongs to another place than the one that was chosen last. */
function sent({ from, value, ...rest }: Values): Values {
  const source = sourceOf({ from });
  if (typeof source !== 'string') return value === undefined ? rest : { ...rest, value };
  const keys = ['source', ...(ASKED[source] ?? [])].filter((key) => key !== 'version' || get({ from }, 'from.kv') !== 'v1');
  return { ...rest, from: Object.fromEntries(Object.entries(from as Values).filter(([key, one]) => keys.includes(key) && one !== '')) };
}

export const secret: Kind = {
  kind: 'secret',
  one: 'secret',
  many: 'Secrets',
  about: 'Passwords and keys, sealed here or kept elsewhere. A value goes in and never comes out again.',
  fresh: { form: 'password' },
  sent,
  fields: (values, _types, sources = []) => [
    {
      name: 'form',
      label: 'Form',
      type: 'choice',
      choices: [
        { value: 'password', label: 'Password' },
        { value: 'private_key', label: 'Private key' },
      ],
      column: { width: 130 },
    },
    ...origin(values, sources),
    { name: 'value', label: 'New value', help: 'Sealed on its way in. Empty changes nothing.', type: 'secret', when: (all) => sourceOf(all) === undefined && all['form'] !== 'private_key' },
    { name: 'value', label: 'New private key', help: 'OpenSSH or PEM form. Empty changes nothing.', type: 'secret-area', when: (all) => sourceOf(all) === undefined && all['form'] === 'private_key' },
    description,
  ],
};
