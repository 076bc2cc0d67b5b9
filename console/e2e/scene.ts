/** What the tests of the sessions' pages are about: real sessions in every state that a native client can bring about. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, type Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

export interface Row {
  session_id: string;
  state: string;
  user: { name: string };
  resource: { name: string; type: string };
  connections: { id: string }[];
  [field: string]: unknown;
}

/** What the API lists, as the administrator. */
export async function sessions(gateway: Gateway, query = 'status=all'): Promise<Row[]> {
  const page = (await gateway.api('GET', `/v1/sessions?${query}`)) as { sessions: Row[] };
  return page.sessions;
}

/** Waits until a session is as it should be. */
export async function until(gateway: Gateway, query: string, right: (rows: Row[]) => Row | undefined, ms = 20_000): Promise<Row> {
  const end = Date.now() + ms;
  for (;;) {
    const rows = await sessions(gateway, query);
    const found = right(rows);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`never came about: ${query}; there is ${JSON.stringify(rows.map((row) => [row.user.name, row.resource.name, row.state]))}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

export const ALICE = { name: 'alice-with-a-rather-long-name.example', password: 'long enough for a test' };
export const LONG = 'a-resource-whose-name-goes-on-and-on-and-does-not-fit-anywhere-01';

/** Resources that fail in their own ways, and a second person. */
export async function furnish(gateway: Gateway): Promise<void> {
  const host = (await gateway.api('GET', '/v1/objects/resource/demo-host')) as { spec: Record<string, unknown> };
  const put = (kind: string, name: string, spec: unknown) => gateway.api('PUT', `/v1/objects/${kind}/${name}`, { spec });
  await put('user', ALICE.name, { roles: [], password: ALICE.password });
  await put('user', 'auditor', { roles: ['auditor'], password: 'long enough for a test' });
  await put('resource', LONG, { ...host.spec, description: 'The demo host under another name' });
  await put('resource', 'nobody-listens', { ...host.spec, port: 9, description: 'Nothing listens there' });
  await put('resource', 'not-for-you', { ...host.spec, labels: {} });
  await put('account', 'demo-account', { login: 'demo', resources: { labels: {}, names: ['demo-host', LONG, 'nobody-listens', 'not-for-you'] }, secret: 'demo-key' });
  await put('access_rule', 'alice', { effect: 'allow', users: [ALICE.name], groups: [], accounts: ['demo-account'], profile: 'demo', resources: { labels: { env: 'demo' }, names: [] } });
}

/** Carries one request over the resource that is plain TCP. */
export async function plainTcp(gateway: Gateway): Promise<void> {
  const child = spawn(binary(), ['connect', 'demo-web'], {
    env: { ...process.env, DOORWARD_ADDR: gateway.url, DOORWARD_TOKEN: gateway.user('demo').token },
  });
  const answered = new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdin.write('GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await answered;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  child.kill('SIGTERM');
  await ended;
}

/** One session of each kind of end. */
export async function endings(gateway: Gateway): Promise<void> {
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
  await Shell.open(gateway, ['echo from-alice'], { user: ALICE, resource: LONG }).ended;
  await Shell.open(gateway, ['true'], { resource: 'nobody-listens' }).ended;
  await Shell.open(gateway, ['true'], { resource: 'not-for-you' }).ended;
  await plainTcp(gateway);
  const cut = Shell.open(gateway);
  await cut.shows('being recorded');
  const { session_id } = await until(gateway, 'status=active', (rows) => rows[0]);
  await gateway.api('POST', `/v1/sessions/${session_id}:terminate`, { reason: 'Out of the change window' });
  await cut.ended;
  await until(gateway, 'status=completed,failed,denied,terminated', (rows) => (['completed', 'failed', 'denied', 'terminated'].every((state) => rows.some((row) => row.state === state)) ? rows[0] : undefined));
}

/** Sends, fetches, renames and removes files with an unmodified sftp. */
export async function touchFiles(gateway: Gateway): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-files-'));
  writeFileSync(join(folder, 'report.csv'), 'a,b\n1,2\n');
  const { host, port } = gateway.ready.ssh;
  const user = gateway.user('demo');
  const options = ['-P', String(port), '-o', `UserKnownHostsFile=${gateway.ready.known_hosts}`, '-o', 'PubkeyAuthentication=no'];
  const child = spawn('sftp', [...options, `${user.name}%demo-host@${host}`], {
    cwd: folder,
    env: { ...process.env, SSH_ASKPASS: gateway.askpass(user), SSH_ASKPASS_REQUIRE: 'force' },
  });
  child.stdin.end('mkdir inbox\nput report.csv inbox/report.csv\nget inbox/report.csv back.csv\nrename inbox/report.csv inbox/done.csv\nrm inbox/missing.csv\nrm inbox/done.csv\nrmdir inbox\n');
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(folder, { recursive: true });
}
