/** The lines that lead to a resource with programs that people have already. Pure. */
import type { Me } from '../api/types';

/** As whom a person may go to a resource. */
export interface As {
  /** The account's name; empty for the one that is used unless another is asked for. */
  account: string;
  login: string;
  /** The line of a native client, as the protocol itself writes it; none where only the tunnel leads there. */
  command?: string | null;
}

export interface Way {
  title: string;
  /** What has to be known before it works. */
  note?: string;
  line: string;
}

/** Puts a word between quotes where a shell would not take it as it is. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** The login name that also says the resource, with `%`: programs such as scp cut at the first colon. */
export function loginName(user: string, resource: string, as: As): string {
  return `${user}%${as.account === '' ? '' : `${as.account}@`}${resource}`;
}

function ssh(me: Me, resource: string, as: As): Way[] {
  if (me.ssh == null) return [];
  const { host, port } = me.ssh;
  const place = quoted(`${loginName(me.person.name, resource, as)}@${host}`);
  const [p, P] = port === 22 ? ['', ''] : [`-p ${port} `, `-P ${port} `];
  const gate = `${me.person.name}@${host}${port === 22 ? '' : `:${port}`}`;
  const inner = quoted(as.account === '' ? resource : `${as.account}@${resource}`);
  return [
    { title: 'Shell', line: `ssh ${p}${place}` },
    { title: 'One command', line: `ssh ${p}${place} uptime` },
    { title: 'Files, interactive', line: `sftp ${P}${place}` },
    { title: 'Send a file', line: `scp ${P}notes.txt ${place}:` },
    { title: 'Fetch a file', line: `scp ${P}${place}:notes.txt .` },
    {
      title: 'Through the gateway as a jump host',
      note: 'Trust the gateway’s authority first: its line is below.',
      line: `ssh -J ${quoted(gate)} ${inner}`,
    },
  ];
}

function config(me: Me, resource: string, as: As): Way[] {
  if (me.ssh == null) return [];
  const lines = [`Host ${resource}`, `  HostName ${me.ssh.host}`, `  Port ${me.ssh.port}`, `  User ${loginName(me.person.name, resource, as)}`];
  return [{ title: 'For ~/.ssh/config', note: `Then “ssh ${resource}” is enough, and editors and other tools find it by that name.`, line: lines.join('\n') }];
}

function tunnel(me: Me, resource: string): Way[] {
  const ways = [
    { title: 'A port on this computer', line: `doorward connect ${quoted(resource)} --listen 127.0.0.1:5000` },
    { title: 'Standard input and output', line: `doorward connect ${quoted(resource)}` },
  ];
  if (me.ssh == null) return ways;
  const p = me.ssh.port === 22 ? '' : `-p ${me.ssh.port} `;
  return [...ways, { title: 'The same port by ssh', line: `ssh -N ${p}-L 5000:${quoted(resource)}:1 ${quoted(`${me.person.name}@${me.ssh.host}`)}` }];
}

/** The lines for programs that know PostgreSQL: all take the words that the protocol itself writes. */
function postgres(entry: { name: string }, command: string | null): Way[] {
  const words = command === null ? null : (/^psql '(.+)'$/.exec(command)?.[1] ?? null);
  const carried: Way = {
    title: 'Through the command line',
    note: 'It signs in for the client, which then needs no password.',
    line: `doorward connect ${quoted(entry.name)} --listen 127.0.0.1:5432\npsql 'host=127.0.0.1 port=5432 dbname=postgres'`,
  };
  if (command === null) return [carried];
  if (words === null) return [{ title: 'Your own client', line: command }, carried];
  return [
    { title: 'psql', note: 'The password is yours of Doorward, or an API token.', line: command },
    { title: 'A dump', line: `pg_dump '${words}' > ${quoted(entry.name)}.sql` },
    { title: 'Drivers', note: 'As a connection string.', line: words },
    carried,
  ];
}

/** The lines for programs that know Redis. */
function redis(entry: { name: string }, command: string | null): Way[] {
  const carried: Way = {
    title: 'Through the command line',
    note: 'It signs in for the client, which then needs no password.',
    line: `doorward connect ${quoted(entry.name)} --listen 127.0.0.1:6379\nredis-cli -h 127.0.0.1`,
  };
  if (command === null) return [carried];
  return [{ title: 'redis-cli', note: 'The password is yours of Doorward, or an API token.', line: command }, carried];
}

/** Every way to a resource. */
export function waysTo(me: Me, entry: { name: string; type: string }, as: As): Way[] {
  if (entry.type === 'ssh') return [...ssh(me, entry.name, as), ...config(me, entry.name, as)];
  if (entry.type === 'postgres') return postgres(entry, as.command ?? null);
  if (entry.type === 'redis') return redis(entry, as.command ?? null);
  if (as.command != null) return [{ title: 'Your own client', line: as.command }];
  return tunnel(me, entry.name);
}

/** The lines that make SSH clients trust the gateway and what is behind it. */
export function knownHosts(me: Me): string {
  if (me.ssh == null) return '';
  const { host, port } = me.ssh;
  const at = port === 22 ? host : `[${host.replace(/^\[(.*)\]$/, '$1')}]:${port}`;
  const lines = me.ssh_host_keys.map((key) => `${at} ${key.public_key}`);
  return [...lines, `@cert-authority * ${me.ssh_authority}`].join('\n');
}
