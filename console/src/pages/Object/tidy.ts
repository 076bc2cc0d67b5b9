import type { Values } from '../../form/field';

/** Leaves out blank lines, which a person writes and no key is. */
export function tidy(spec: Values): Values {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.filter((one) => typeof one !== 'string' || one.trim() !== '') : value,
    ]),
  );
}
