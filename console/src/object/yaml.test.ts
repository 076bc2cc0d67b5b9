import { describe, expect, it } from 'vitest';
import { scalar, toYaml } from './yaml';

describe('an object as YAML', () => {
  it('is the document that can be applied', () => {
    const spec = { type: 'ssh', port: 22, labels: { env: 'prod' }, options: {}, description: '', keys: ['ssh-ed25519 AAAA x@y'], on: true };
    expect(toYaml('resource', 'web-1', spec)).toBe(
      'kind: resource\nname: web-1\nspec:\n  type: ssh\n  port: 22\n  labels:\n    env: prod\n  options: {}\n  description: ""\n  keys:\n    - ssh-ed25519 AAAA x@y\n  "on": true\n',
    );
  });
  it.each(['true', 'No', '1', '12:30', '*', '- a', 'a: b', 'a #b', ' a', 'a ', '', 'x:', '~', '{a}', '@a', "it's", 'two\nlines', '0x1f', '1e3', '.5'])(
    '%j stays a text',
    (text) => expect(scalar(text).startsWith('"')).toBe(true),
  );
  it.each(['demo-host', 'First web server', '/etc/ssh', 'a_b.c'])('%j needs no quotes', (text) => expect(scalar(text)).toBe(text));
});
