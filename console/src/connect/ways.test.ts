import { describe, expect, it } from 'vitest';
import type { Me } from '../api/types';
import { knownHosts, loginName, quoted, waysTo, type As } from './ways';

const me = (port = 2222): Me => ({
  person: { id: '1', name: 'ana', display_name: '', email: '', roles: [], groups: [] },
  sees: 'own',
  csrf: null,
  gateway: { name: 'g', version: '1' },
  ssh: { host: 'gate.example', port },
  ssh_host_keys: [{ algorithm: 'ssh-ed25519', fingerprint: 'SHA256:x', public_key: 'ssh-ed25519 AAAA' }],
  ssh_authority: 'ssh-ed25519 CCCC',
  setup_needed: false,
  second_factor_missing: false,
  downloads_enabled: true,
  secret_sources: [],
});
const first = { account: '', login: 'root' };
const lines = (who: Me, type: string, as: As = first) => waysTo(who, { name: 'web1', type }, as).map((way) => way.line);

describe('the lines for ssh', () => {
  it('name user, account and resource so that scp takes them', () => {
    expect(loginName('ana', 'web1', first)).toBe('ana%web1');
    expect(lines(me(), 'ssh')).toContain('scp -P 2222 notes.txt ana%web1@gate.example:');
    expect(lines(me(), 'ssh', { account: 'web-root', login: 'root' })).toContain('ssh -p 2222 ana%web-root@web1@gate.example');
  });
  it('leave out the port that everybody expects', () => {
    expect(lines(me(22), 'ssh')[0]).toBe('ssh ana%web1@gate.example');
    expect(lines(me(22), 'ssh')).toContain('ssh -J ana@gate.example web1');
  });
  it('are none when the gateway does not listen', () => expect(lines({ ...me(), ssh: null }, 'ssh')).toEqual([]));
});

it('a plain stream is reached with a port on this computer', () => {
  expect(lines(me(), 'tcp')[0]).toBe('doorward connect web1 --listen 127.0.0.1:5000');
});

it('redis is reached by its own client, and through the command line', () => {
  const command = "redis-cli -h gate.example -p 6379 --user 'ana:web1' --askpass";
  expect(lines(me(), 'redis', { ...first, command })).toEqual([command, 'doorward connect web1 --listen 127.0.0.1:6379\nredis-cli -h 127.0.0.1']);
  expect(lines(me(), 'redis')).toHaveLength(1);
});

it('another protocol’s own line is taken as it is', () => {
  expect(lines(me(), 'other', { ...first, command: 'client -h gate.example' })).toEqual(['client -h gate.example']);
});

it('what a shell would not take as it is stands between quotes', () => {
  expect(quoted('a-b_c.d@e%f')).toBe('a-b_c.d@e%f');
  expect(quoted("it's")).toBe(String.raw`'it'\''s'`);
  expect(quoted('a b')).toBe("'a b'");
});

it('known_hosts has the gateway with its port, and the authority', () => {
  expect(knownHosts(me())).toBe('[gate.example]:2222 ssh-ed25519 AAAA\n@cert-authority * ssh-ed25519 CCCC');
  expect(knownHosts(me(22))).toContain('gate.example ssh-ed25519');
});
