/** Which objects name which: found by the descriptions, so that a new reference is known here at once. Pure. */
import type { StoredObject } from '../api/types';
import { get } from '../form/field';
import { kinds } from './kinds';

/** The kinds that can name objects of a kind. */
export function namingKinds(kind: string): string[] {
  return Object.values(kinds)
    .filter((one) => one.fields({}, []).some((field) => 'kind' in field && field.kind === kind))
    .map((one) => one.kind);
}

/** Those of the objects that name this one. */
export function naming(kind: string, name: string, objects: StoredObject[]): StoredObject[] {
  return objects.filter((object) =>
    kinds[object.kind]?.fields(object.spec, []).some((field) => {
      if (!('kind' in field) || field.kind !== kind) return false;
      const value = get(object.spec, field.type === 'selector' ? `${field.name}.names` : field.name);
      return Array.isArray(value) ? value.includes(name) : value === name;
    }),
  );
}
