/** The real binary with its demo, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface User {
  name: string;
  password: string;
  token: string;
}

interface Ready {
  console_url: string;
  ssh: { host: string; port: number };
  users: User[];
  known_hosts: string;
}

/** `DOORWARD_BIN`, or else what was built last. */
export function binary(): string {
  const named = process.env['DOORWARD_BIN'];
  if (named !== undefined) return named;
  const target = process.env['CARGO_TARGET_DIR'] ?? join(import.meta.dirname, '../../target');
  const built = ['release', 'debug'].map((profile) => join(target, profile, 'doorward')).filter((path) => existsSync(path));
  const newest = built.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (newest === undefined) throw new Error('no binary: run `cargo build --bin doorward`, or name one in DOORWARD_BIN');
  return newest;
}

async function appears(folder: string, name: string, child: ChildProcess): Promise<void> {
  const path = join(folder, name);
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(folder, () => existsSync(path) && done());
    const late = setTimeout(() => done(new Error('the gateway did not come up in 60 s')), 60_000);
    const died = (code: number | null) => done(new Error(`the gateway ended with ${code}`));
    function done(error?: Error): void {
      watcher.close();
      clearTimeout(late);
      child.off('exit', died);
      if (error) reject(error);
      else resolve();
    }
    child.on('exit', died);
    if (existsSync(path)) done();
  });
}

export class Gateway {
  private constructor(
    private child: ChildProcess,
    private readonly folder: string,
    public ready: Ready,
    private readonly settings: Record<string, string>,
  ) {}

  /** Starts one; `settings` are environment variables. */
  static async start(settings: Record<string, string> = {}): Promise<Gateway> {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-e2e-'));
    return new Gateway(...(await Gateway.run(folder, settings)), settings);
  }

  private static async run(folder: string, settings: Record<string, string>): Promise<[ChildProcess, string, Ready]> {
    const child = spawn(binary(), ['demo', '--data', join(folder, 'data'), '--ready-file', join(folder, 'ready.json')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DOORWARD_DEMO_NO_DATABASES: 'true', ...settings },
    });
    await appears(folder, 'ready.json', child);
    return [child, folder, JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as Ready];
  }

  /** Stops it, lets something be done with its data folder, and starts it again. */
  async restart(between: (data: string) => void): Promise<void> {
    await this.end();
    rmSync(join(this.folder, 'ready.json'));
    between(join(this.folder, 'data'));
    [this.child, , this.ready] = await Gateway.run(this.folder, this.settings);
  }

  private async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }

  get url(): string {
    return this.ready.console_url;
  }

  user(name: string): User {
    const found = this.ready.users.find((user) => user.name === name);
    if (found === undefined) throw new Error(`the demo has no user ${name}`);
    return found;
  }

  /** Calls the API as the administrator or another user of the demo, for what a test needs and does not test. */
  async api(method: string, path: string, body?: unknown, as = 'admin'): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.user(as).token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  /** A program that gives the user's password to ssh. */
  askpass(user: Pick<User, 'name' | 'password'>): string {
    const path = join(this.folder, `askpass-${user.name}`);
    // Written once: a program that runs cannot be written to.
    if (!existsSync(path)) writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' '${user.password}'\n`, { mode: 0o700 });
    return path;
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
