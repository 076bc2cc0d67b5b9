import { expect, it } from 'vitest';
import type { ResourceType } from '../api/types';
import { optionFields } from './options';

const type = (schema: unknown): ResourceType => ({
  id: 'x',
  title: 'X',
  class: 'network',
  default_port: null,
  medium: 'raw',
  options_schema: schema as Record<string, unknown>,
});

it('a schema becomes one question for each option', () => {
  const fields = optionFields(
    type({
      required: ['host_key'],
      properties: {
        host_key: { type: 'string', description: 'pinned' },
        tries: { type: ['integer', 'null'], minimum: 1 },
        legacy: { type: 'boolean' },
        mode: { enum: ['a', 'b_c'] },
      },
    }),
  );
  expect(fields.map((field) => [field.name, field.type, field.required ?? false])).toEqual([
    ['options.host_key', 'mono', true],
    ['options.tries', 'number', false],
    ['options.legacy', 'switch', false],
    ['options.mode', 'choice', false],
  ]);
});

it.each([undefined, null, '', 'not json', {}])('%j asks nothing', (schema) => expect(optionFields(type(schema))).toEqual([]));
it('also reads a schema that comes as text', () => {
  expect(optionFields(type('{"properties":{"a":{"type":"string"}}}'))).toHaveLength(1);
});
