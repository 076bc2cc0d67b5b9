/** A gateway as an operator starts it, known by a name: browsers have passkeys for names only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openBrowser } from './browser.ts';
import { binary } from './gateway.ts';

/** The password of everybody. */
export const PASSWORD = 'correct-horse-battery';

export class Served {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    private readonly token: string,
  ) {}

  /** Starts one with an administrator `admin`; `settings` are environment variables. */
  static async start(settings: Record<string, string> = {}): Promise<Served> {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-e2e-'));
    const child = spawn(binary(), ['serve', '--node', 'e2e', '--http', '127.0.0.1:0', '--ssh', '127.0.0.1:0', '--data', join(folder, 'data')], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, DOORWARD_PUBLIC_HOST: 'localhost', ...settings },
    });
    const link = await printed(child, /(http:\/\/\S+)\/setup\?token=(\S+)/);
    const [, url = '', setup = ''] = link;
    const made = await fetch(`${url}/v1/setup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: setup, name: 'admin', password: PASSWORD }),
    });
    const { csrf } = (await made.json()) as { csrf: string };
    const cookie = made.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const issued = await fetch(`${url}/v1/tokens`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, Cookie: cookie },
      body: JSON.stringify({ name: 'e2e' }),
    });
    const { token } = (await issued.json()) as { token: string };
    return new Served(child, folder, url, token);
  }

  /** Calls the API as the administrator. */
  async api(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  async user(name: string): Promise<void> {
    await this.api('PUT', `/v1/objects/user/${name}`, { spec: { password: PASSWORD } });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One with an administrator, and a browser, for the tests of a file. */
export function served(): { gateway: Served; browser: Browser } {
  const at = {} as { gateway: Served; browser: Browser };
  beforeAll(async () => {
    at.gateway = await Served.start();
    at.browser = await openBrowser();
  });
  afterAll(async () => {
    await at.browser?.close();
    await at.gateway?.stop();
  });
  return at;
}

/** Gives the form of signing in a name and everybody's password. */
export async function typePassword(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Waits until a program has printed something. */
export async function printed(child: ChildProcess, what: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => reject(new Error(`not printed in 60 s: ${what}`)), 60_000);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const found = what.exec(text);
      if (found === null || !text.endsWith('\n')) return;
      clearTimeout(late);
      resolve(found);
    });
  });
}
