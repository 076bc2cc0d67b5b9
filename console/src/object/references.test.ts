import { expect, it } from 'vitest';
import type { StoredObject } from '../api/types';
import { naming, namingKinds } from './references';

const object = (kind: string, name: string, spec: Record<string, unknown>): StoredObject => ({ id: name, kind, name, version: 1, created_at: null, updated_at: null, spec });

it('what names an object follows from the descriptions', () => {
  expect(namingKinds('user').toSorted()).toEqual(['access_rule', 'administrative_rule', 'group']);
  expect(namingKinds('resource').toSorted()).toEqual(['access_rule', 'account', 'administrative_rule', 'retention']);
  expect(namingKinds('secret')).toEqual(['account']);
});

it('lists and single references and selectors are looked at, labels are not', () => {
  const all = [
    object('group', 'g', { members: ['ana'] }),
    object('group', 'h', { members: ['ben'] }),
    object('access_rule', 'r', { users: ['ana'], resources: { names: ['web'], labels: { env: 'ana' } }, profile: 'short' }),
    object('access_rule', 's', { users: ['*'], resources: { names: [], labels: { web: 'web' } } }),
  ];
  const names = (kind: string, name: string) => naming(kind, name, all).map((one) => one.name);
  expect(names('user', 'ana')).toEqual(['g', 'r']);
  expect(names('resource', 'web')).toEqual(['r']);
  expect(names('profile', 'short')).toEqual(['r']);
  expect(names('secret', 'x')).toEqual([]);
});
