import type { ResourceType } from '../api/types';
import type { Field } from '../form/field';
import { title } from '../format';

interface Property {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

/** The questions that a protocol asks about a resource, from the JSON schema of its options. */
export function optionFields(type: ResourceType | undefined): Field[] {
  const given: unknown = type?.options_schema;
  const schema = typeof given === 'string' ? parse(given) : given;
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Property>; required?: string[] };
  return Object.entries(properties).map(([key, property], at) => {
    const base = {
      name: `options.${key}`,
      label: property.title ?? title(key),
      ...(property.description === undefined ? {} : { help: property.description }),
      ...(required.includes(key) ? { required: true } : {}),
      ...(at === 0 ? { section: `${type?.title ?? 'Protocol'} options` } : {}),
    };
    const kind = Array.isArray(property.type) ? property.type.find((one) => one !== 'null') : property.type;
    if (property.enum !== undefined) {
      const choices = property.enum.map((value) => ({ value: String(value), label: String(value).replaceAll('_', ' ') }));
      return { ...base, type: 'choice', choices, none: 'Default' };
    }
    if (kind === 'boolean') return { ...base, type: 'switch' };
    if (kind === 'integer' || kind === 'number') {
      const { minimum: min, maximum: max } = property;
      return { ...base, type: 'number', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    }
    if (kind === 'array') return { ...base, type: 'lines' };
    return { ...base, type: 'mono' };
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
