/** A PostgreSQL server of one's own, behind the gateway as the resource `db`. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Gateway } from './gateway.ts';

const SECRET = 'account-secret-of-db';

/** Ends when its input does. The first free one of some ports is taken. */
const SCRIPT = `
  set -e
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  echo "$1" >"$dir/password"
  "$0/initdb" -D "$dir/data" -A scram-sha-256 --pwfile="$dir/password" -U app -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  for try in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + RANDOM % 12000))
    if "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -p $port -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null 2>&1; then
      echo "port=$port;"
      read -r _ || true
      "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
      exit 0
    fi
  done
  cat "$dir/log" >&2
  exit 1
`;

/** The folder of PostgreSQL's programs. */
function binaries(): string {
  const installed = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`) : [];
  const found = [...installed.toSorted(), ...(process.env['PATH'] ?? '').split(':')].findLast((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'psql')));
  if (found === undefined) throw new Error('PostgreSQL is missing: install it (Debian: `apt install postgresql`)');
  return found;
}

export class Postgres {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(): Promise<Postgres> {
    const words = ['-c', SCRIPT, binaries(), SECRET];
    const root = userInfo().username === 'root';
    const child = spawn(root ? 'runuser' : 'bash', root ? ['-u', 'postgres', '--', 'bash', ...words] : words, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    const port = await new Promise<number>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        const found = /port=(\d+);/.exec(said);
        if (found !== null) resolve(Number(found[1]));
      });
      child.on('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}`)));
    });
    return new Postgres(child, port);
  }

  /** Lets the user `demo` use it. */
  async offer(gateway: Gateway): Promise<void> {
    const documents = [
      { kind: 'secret', name: 'db-app', spec: { form: 'password', value: SECRET } },
      { kind: 'resource', name: 'db', spec: { type: 'postgres', host: '127.0.0.1', port: this.port, options: { database: 'postgres' }, description: 'Orders and customers' } },
      { kind: 'account', name: 'db-app', spec: { login: 'app', resources: { names: ['db'] }, secret: 'db-app' } },
      { kind: 'profile', name: 'db', spec: {} },
      { kind: 'access_rule', name: 'db', spec: { users: ['demo', 'admin'], resources: { names: ['db'] }, accounts: ['db-app'], profile: 'db' } },
    ];
    await gateway.api('POST', '/v1/apply', { documents });
  }

  /** Asks the server itself. */
  ask(sql: string): string {
    const env = { ...process.env, PGPASSWORD: SECRET };
    const done = spawnSync(join(binaries(), 'psql'), ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'app', '-XAtqc', sql, 'postgres'], { env });
    if (done.status !== 0) throw new Error(done.stderr.toString());
    return done.stdout.toString().trim();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    await ended;
  }
}
