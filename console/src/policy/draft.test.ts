import { describe, expect, it } from 'vitest';
import { toYaml } from '../object/yaml';
import { readDraft } from './draft';

const rule = { kind: 'access_rule', name: 'nights', spec: { effect: 'deny', users: ['*'], resources: { names: ['db'] } } };
const profile = { kind: 'profile', name: 'usual', spec: { statements: [{ name: 'no: ddl', deny: ['ddl'], message: "ask\nthe owners" }], 'on': true, port: 22 } };

describe('a draft', () => {
  it('is read from what objects are written as', () => {
    const text = [rule, profile].map(({ kind, name, spec }) => toYaml(kind, name, spec)).join('---\n');
    expect(readDraft(text)).toEqual({ documents: [rule, profile] });
  });
  it('is also a list, or JSON', () => {
    expect(readDraft(JSON.stringify([rule, profile]))).toEqual({ documents: [rule, profile] });
    expect(readDraft('- kind: group\n  name: a\n- kind: group\n  name: b\n')).toEqual({ documents: [{ kind: 'group', name: 'a' }, { kind: 'group', name: 'b' }] });
  });
  it.each(['', '\n', '---\n', '# nothing yet\n'])('%j holds nothing', (text) => expect(readDraft(text)).toEqual({ documents: [] }));
  it('says where it cannot be read', () => {
    expect(readDraft('kind: profile\nname: usual\nspec: {a: [}\n')).toEqual({ wrong: expect.stringContaining('line 3') as string });
  });
  it.each([['kind: profile\n', 1], ['kind: group\nname: a\n---\njust words\n', 2], ['kind: group\nname: 7\n', 1]])('%j lacks something', (text, nth) =>
    expect(readDraft(text)).toEqual({ wrong: `Document ${nth} needs a kind and a name` }),
  );
  it('does not grow without bounds', () => {
    const lines = ['a0: &a0 [x]', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array.from({ length: 10 }, () => `*a${n}`).join(', ')}]`)];
    expect(readDraft(lines.join('\n'))).toEqual({ wrong: expect.stringContaining('alias') as string });
  });
});
