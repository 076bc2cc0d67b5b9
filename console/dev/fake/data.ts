/** Made-up sessions for looking at pages without a server. Development only. */
import type { Session } from '../../src/api/types.ts';

const people = ['farid', 'bob', 'dmitri', 'carol', 'ivan', 'grace', 'heidi', 'erin', 'alice'];
const resources: [string, string, string, string][] = [
  ['k8s-prod', 'ssh', '10.20.0.4:22', 'terminal'],
  ['db-prod-1', 'ssh', '10.20.1.7:22', 'terminal'],
  ['web-01', 'ssh', '10.20.2.11:22', 'terminal'],
  ['pg-billing', 'ssh', '10.20.1.9:22', 'terminal'],
  ['legacy-erp', 'tcp', '10.20.9.3:4711', 'raw'],
  ['bastion-eu-central-1-with-a-long-name', 'ssh', '10.30.0.2:22', 'terminal'],
];
const accounts = ['root', 'oracle', 'deploy', 'administrator', 'postgres'];
const ends: [string, string][] = [
  ['completed', 'user_disconnect'],
  ['completed', 'user_disconnect'],
  ['completed', 'max_duration'],
  ['terminated', 'admin_terminate'],
  ['failed', 'target_unreachable'],
  ['canceled', 'admin_cancel'],
  ['denied', 'policy_violation'],
  ['completed', 'user_disconnect'],
];

const iso = (at: number) => new Date(at).toISOString();
export const idOf = (n: number): string => `${(0x0198c5de + n).toString(16).padStart(8, '0')}-7d2c-7b1a-8c3e-${n.toString(16).padStart(12, '0')}`;
const pick = <T>(list: T[], n: number): T => list[n % list.length] as T;

export function makeSession(n: number, now: number): Session {
  const running = n < 12;
  const [name, type, host, medium] = pick(resources, n * 7 + (n >> 3));
  const started = now - n * 97_000 - 20_000;
  const [endState, reason] = pick(ends, n * 3 + 1);
  const special = n === 3 ? 'locked' : n === 6 ? 'connecting' : n === 9 ? 'awaiting_approval' : null;
  const state = running ? (special ?? 'active') : endState;
  const failed = state === 'failed';
  const denied = state === 'denied';
  const length = failed ? 4000 : denied ? 0 : 240_000 + ((n * 7919) % 4_000_000);
  const begun = !(denied || state === 'awaiting_approval');
  const over = !running;
  const user = pick(people, n * 5 + 2);
  const live = state === 'active' || state === 'locked';
  return {
    session_id: idOf(n),
    id: idOf(n),
    state,
    end_reason: over ? reason : null,
    failure_stage: failed ? 'connect' : null,
    user: { id: `u-${user}`, name: user },
    account: pick(accounts, n * 3),
    resource: { id: `r-${name}`, name, type, engine: null, host },
    access_rule: 'operators',
    profile: 'standard',
    activity: null,
    gateway: { id: 'gw-1', name: 'gw-eu-1', cluster: 'gw-eu-1' },
    client_interface: 'cli',
    client_interface_title: 'CLI',
    client_ip: `10.${n % 250}.${(n * 3) % 250}.${(n * 7) % 250}`,
    secret_name: n % 4 === 0 ? '' : 'prod-root',
    verb: 'connect',
    created_at: iso(started - 1200),
    starts_at: null,
    started_at: begun ? iso(started) : null,
    first_logon_at: begun && !failed && state !== 'connecting' ? iso(started + 640) : null,
    expires_at: iso(started + 8 * 3_600_000),
    ended_at: over ? iso(Math.min(now - 1000, started + length)) : null,
    duration_ms: over ? length : now - started,
    bytes_up: begun ? (n * 3571) % 90_000 : 0,
    bytes_down: begun ? (n * 104_729) % 90_000_000 : 0,
    open_connections: begun && !over ? 1 : 0,
    login_via: 'proxy',
    lock:
      state === 'locked'
        ? { by: 'demo-admin', at: iso(now - 65_000), title: 'On hold', message: 'Please call the service desk, extension 4411.', scope: 'session' }
        : null,
    hold: null,
    review: null,
    recording: {
      state: live ? 'recording' : begun && !failed && over ? (n % 23 === 0 ? 'expired' : 'available') : 'none',
      formats: medium === 'terminal' ? ['tape', 'asciicast'] : ['tape'],
      expires_at: null,
      reason: n % 23 === 0 ? 'the recording expired under a rule of retention' : null,
      removed: n % 23 === 0 ? { at: iso(now - 86_400_000), rule: 'ssh-90-days', keep_secs: 7_776_000 } : null,
    },
    connections: begun
      ? [
          {
            id: `c-${n}`,
            opened_at: iso(started),
            closed_at: over ? iso(Math.min(now - 1000, started + length)) : null,
            client_ip: `10.${n % 250}.${(n * 3) % 250}.${(n * 7) % 250}`,
            client_interface: 'cli',
            client_version: 'SSH-2.0-OpenSSH_9.9',
            bytes_up: (n * 3571) % 90_000,
            bytes_down: (n * 104_729) % 90_000_000,
            close_reason: over ? reason : null,
            recording: live ? 'recording' : 'available',
          },
        ]
      : [],
    error: failed
      ? {
          code: 'target_unreachable',
          message: `dial ${host}: connection refused`,
          hint: "check the resource's host and port, and that this gateway may reach them",
          stage: 'connect',
        }
      : null,
    ended_by: state === 'terminated' ? 'demo-admin' : '',
    end_message: state === 'terminated' ? 'Please use the change window for this.' : '',
    cleanup_error: null,
    direct: null,
    ticket: n % 5 === 0 ? `INC-${4400 + n}` : '',
    correlation_id: '',
    rerun_of: null,
    risk: null,
    version: 3,
    medium,
    authorized_actions: over ? (begun && !failed ? ['play', 'export'] : []) : ['watch', 'cancel', 'terminate', state === 'locked' ? 'unlock' : 'lock', 'extend'],
  };
}

export const objects: Record<string, Record<string, unknown>> = {
  user: {
    'demo-admin': { display_name: 'Demo Admin', email: 'admin@example.test', roles: ['admin'], ssh_keys: [], disabled: false },
    farid: { display_name: 'Farid Haddad', email: 'farid@example.test', roles: [], ssh_keys: ['ssh-ed25519 AAAAC3Nza farid@laptop'], disabled: false },
    olga: { display_name: '', email: '', roles: ['auditor'], ssh_keys: [], disabled: true },
  },
  group: { operators: { members: ['farid', 'demo-admin'], description: 'Those on duty' } },
  resource: Object.fromEntries(
    resources.map(([name, type, host]) => [
      name,
      { type, host: host.split(':')[0], port: Number(host.split(':')[1]), labels: { env: 'prod' }, description: '', options: {} },
    ]),
  ),
  account: { root: { login: 'root', resources: { names: ['*'], labels: {} }, secret: 'prod-root' } },
  secret: { 'prod-root': { form: 'private_key', description: 'Rotated monthly' } },
  profile: {
    standard: {
      max_duration_secs: 28_800,
      idle_timeout_secs: 3600,
      warning_secs: 60,
      owner_extension_secs: 3600,
      recording: 'full',
      durability: 'group',
      mask_hidden_input: true,
      allow: ['shell', 'exec', 'subsystem', 'file_upload', 'file_download', 'stream'],
    },
  },
  access_rule: {
    operators: { effect: 'allow', users: [], groups: ['operators'], resources: { names: ['*'], labels: {} }, accounts: ['root'], profile: 'standard', description: 'Those on duty, everywhere' },
    'no-interns': { effect: 'deny', users: ['ivan'], groups: [], resources: { names: [], labels: { env: 'prod' } }, accounts: [], profile: null, description: '' },
  },
};
