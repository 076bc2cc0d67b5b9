import { expect, it } from 'vitest';
import { csvField } from './csv';

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=cmd()', "'=cmd()"],
  [null, ''],
  [7, '7'],
])('%j is written as %j', (value, text) => expect(csvField(value)).toBe(text));
