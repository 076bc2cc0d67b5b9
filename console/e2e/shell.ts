/** An unmodified ssh client on a terminal of its own, driven by a test. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Gateway, User } from './gateway.ts';

export class Shell {
  output = '';
  /** What comes is no longer kept: for output that is large. */
  forget = false;
  readonly ended: Promise<number | null>;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    const take = (bytes: Buffer) => {
      if (!this.forget) this.output += bytes.toString();
      for (const wake of this.waiting) wake();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Opens a shell on the demo host (or another resource, as another user), or runs a command there; `via` is the port of what stands in between. */
  static open(gateway: Gateway, command: string[] = [], { resource = 'demo-host', user = gateway.user('demo') as Pick<User, 'name' | 'password'>, via = gateway.ready.ssh.port } = {}): Shell {
    const { host, port } = gateway.ready.ssh;
    const options = ['-p', String(via), '-o', `HostKeyAlias=[${host}]:${port}`, '-o', `UserKnownHostsFile=${gateway.ready.known_hosts}`, '-o', 'PubkeyAuthentication=no'];
    const terminal = command.length === 0 ? ['-tt'] : [];
    const child = spawn('ssh', [...options, ...terminal, `${user.name}:${resource}@${host}`, ...command], {
      env: { ...process.env, SSH_ASKPASS: gateway.askpass(user), SSH_ASKPASS_REQUIRE: 'force', TERM: 'xterm-256color' },
    });
    return new Shell(child);
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** Waits until the client has shown a text. */
  async shows(text: string, ms = 15_000): Promise<void> {
    if (this.output.includes(text)) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`ssh never showed ${JSON.stringify(text)}; it showed:\n${this.output}`));
      }, ms);
      const look = () => {
        if (!this.output.includes(text)) return;
        clearTimeout(late);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }

  close(): void {
    this.child.kill('SIGTERM');
  }
}
