import { describe, expect, it } from 'vitest';
import type { SecretSource } from '../api/types';
import type { Values } from '../form/field';
import { secret } from './secret';

const allowed: SecretSource[] = [
  { source: 'vault', names: [] },
  { source: 'command', names: ['pass'] },
];
const asked = (values: Values, sources: SecretSource[] = allowed) => secret.fields(values, [], sources).filter((field) => field.when?.(values) ?? true);
const names = (values: Values) => asked(values).map((field) => field.name);
const sources = (values: Values, from?: SecretSource[]) => {
  const field = asked(values, from).find((one) => one.name === 'from.source');
  return field?.type === 'choice' ? field.choices.map((one) => one.value) : [];
};

describe('the form of a secret', () => {
  it('offers the places that the gateway allows, and the one there is', () => {
    expect(sources({})).toEqual(['vault', 'command']);
    expect(sources({}, [])).toEqual([]);
    expect(sources({ from: { source: 'file', path: 'x' } }, [])).toEqual(['file']);
  });
  it('asks for a value or where it is kept, never both', () => {
    expect(names({ form: 'password' })).toEqual(['form', 'from.source', 'value', 'description']);
    expect(names({ from: { source: 'vault' } })).toEqual(['form', 'from.source', 'from.mount', 'from.path', 'from.field', 'from.version', 'from.kv', 'description']);
    expect(names({ from: { source: 'command' } })).toEqual(['form', 'from.source', 'from.name', 'description']);
  });
  it('sends what belongs to the place that was chosen last', () => {
    const filled = { form: 'password', value: 'typed', from: { source: 'file', path: 'web', mount: 'kv', name: 'X' } };
    expect(secret.sent?.(filled)).toEqual({ form: 'password', from: { source: 'file', path: 'web' } });
    expect(secret.sent?.({ ...filled, from: { path: 'web' } })).toEqual({ form: 'password', value: 'typed' });
    expect(secret.sent?.({ from: { source: 'vault', kv: 'v1', version: 3, path: 'a' } })).toEqual({ from: { source: 'vault', kv: 'v1', path: 'a' } });
  });
});
