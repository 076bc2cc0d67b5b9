/** A PostgreSQL server of its own, and an unmodified psql that reaches it through the gateway. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { binary, type Gateway } from './gateway.ts';

const SECRET = 'account-secret-55';

/** Takes the first of some ports that is free; ends, and removes its folder, at the end of its input. */
const SCRIPT = `
  set -e
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  echo "$1" >"$dir/password"
  "$0/initdb" -D "$dir/data" -A scram-sha-256 --pwfile="$dir/password" -U app -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1
  for try in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + RANDOM % 12000))
    if "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -p $port -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null 2>&1; then
      echo "port=$port;"
      read -r _ || true
      "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
      exit 0
    fi
  done
  exit 1`;

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export function programs(): string | undefined {
  const root = '/usr/lib/postgresql';
  const bins = existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
  return bins.toSorted().findLast((bin) => existsSync(join(bin, 'initdb')));
}

/** What a program has printed, until something is in it. */
export function printed(child: ChildProcessWithoutNullStreams, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const take = (bytes: Buffer) => {
      all += bytes.toString();
      const found = wanted.exec(all);
      if (found !== null) resolve(found[1] ?? '');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', () => reject(new Error(`it ended, and printed: ${all}`)));
  });
}

export class Database {
  private constructor(
    private readonly server: ChildProcessWithoutNullStreams,
    private readonly gateway: Gateway,
    readonly name: string,
  ) {}

  /** Starts a server, and makes it a resource of the demo's user. */
  static async start(gateway: Gateway, name = 'orders-db'): Promise<Database> {
    const bin = programs();
    if (bin === undefined) throw new Error('PostgreSQL is not installed');
    const asUser = userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--', 'bash'] : ['bash'];
    const [program = 'bash', ...args] = [...asUser, '-c', SCRIPT, bin, SECRET];
    const server = spawn(program, args, { cwd: '/' });
    const port = Number(await printed(server, /port=(\d+);/));
    await gateway.api('POST', '/v1/apply', {
      documents: [
        { kind: 'secret', name: 'orders-app', spec: { form: 'password', value: SECRET } },
        { kind: 'resource', name, spec: { type: 'postgres', host: '127.0.0.1', port, description: 'Orders and their lines' } },
        { kind: 'account', name: 'orders-app', spec: { login: 'app', resources: { names: [name] }, secret: 'orders-app' } },
        { kind: 'profile', name: 'orders', spec: {} },
        { kind: 'access_rule', name: 'orders', spec: { users: ['demo'], resources: { names: [name] }, accounts: ['orders-app'], profile: 'orders' } },
      ],
    });
    return new Database(server, gateway, name);
  }

  /** Opens psql through the gateway, as a person who has signed in on the command line. */
  async open(): Promise<Psql> {
    const carrier = spawn(binary(), ['connect', this.name, '--listen', '127.0.0.1:0'], {
      env: { ...process.env, DOORWARD_ADDR: this.gateway.url, DOORWARD_TOKEN: this.gateway.user('demo').token },
    });
    const port = await printed(carrier, /127\.0\.0\.1:(\d+)/);
    const psql = spawn(join(programs() ?? '', 'psql'), ['-X', '-a'], {
      env: { ...process.env, PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'app', PGDATABASE: 'postgres', PSQLRC: '/dev/null' },
    });
    return new Psql(psql, carrier);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.stdin.end();
    await ended;
  }
}

export class Psql {
  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly carrier: ChildProcessWithoutNullStreams,
  ) {
    child.stdin.on('error', () => {});
  }

  /** Gives statements, and waits until psql has gone through them. */
  async run(sql: string): Promise<void> {
    const mark = `done-${Math.random().toString(36).slice(2)}`;
    const seen = printed(this.child, new RegExp(`^(${mark})$`, 'm'));
    this.child.stdin.write(`${sql}\n\\echo ${mark}\n`);
    await seen;
  }

  /** Leaves it, also in the middle of a statement. */
  kill(): void {
    this.child.kill('SIGKILL');
    this.carrier.kill('SIGTERM');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
    this.carrier.kill('SIGTERM');
  }
}
