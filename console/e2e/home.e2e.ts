/** Where one begins, how one gets to a resource, and what is the same on every page: palette, keys, focus, titles. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, copied, openBrowser, settled, signIn, visit, type Visitor } from './browser.ts';
import { furnish } from './furnish.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let demo: Visitor;
let admin: Visitor;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await furnish(gateway);
  demo = await visit(browser, { theme: 'light' });
  await signIn(demo.page, gateway, 'demo');
  admin = await visit(browser);
  await signIn(admin.page, gateway, 'admin');
});
afterAll(async () => {
  expect(demo?.complaints).toEqual([]);
  expect(admin?.complaints).toEqual([]);
  await browser?.close();
  await gateway?.stop();
});

/** Runs a line as the demo's user would paste it into a shell, and gives what it prints. */
function run(line: string): Promise<{ code: number; out: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-line-'));
  const config = join(folder, 'config');
  writeFileSync(config, `UserKnownHostsFile ${gateway.ready.known_hosts}\nPubkeyAuthentication no\nBatchMode no\n`);
  writeFileSync(join(folder, 'notes.txt'), 'content\n');
  const own = line.replace(/^(ssh|scp|sftp)\b/, `$1 -F ${config}`);
  return new Promise((resolve) => {
    const env = { ...process.env, SSH_ASKPASS: gateway.askpass(gateway.user('demo')), SSH_ASKPASS_REQUIRE: 'force' };
    const child = execFile('sh', ['-c', own], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: stdout + stderr });
    });
    child.stdin?.end();
  });
}

describe('home of somebody without rights', () => {
  it('has resources, sessions and requests, and says what there is to ask for', async () => {
    const { page } = demo;
    await page.goto(gateway.url);
    await page.getByRole('heading', { name: 'My resources' }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'demo-host' }).first().waitFor();
    await page.getByText('You are not connected to anything.').waitFor();
    await page.getByText('You have asked for nothing.').waitFor();
  });

  it('finds a resource, and keeps favourites in front', async () => {
    const { page } = demo;
    await page.goto(gateway.url);
    const first = () => page.getByRole('list', { name: 'Resources' }).getByRole('listitem').first().getByRole('heading').innerText();
    await page.getByRole('button', { name: 'Make web-05 a favourite' }).click();
    await expect.poll(first).toBe('web-05');
    await page.reload();
    await expect.poll(first).toBe('web-05');
    await page.getByLabel('Search in my resources').fill('demo-h');
    await expect.poll(first).toBe('demo-host');
  });

  it('shows a session of theirs as it begins and ends', async () => {
    const { page } = demo;
    await page.goto(gateway.url);
    const shell = Shell.open(gateway);
    await shell.shows('being recorded');
    const running = page.getByRole('region', { name: 'My running sessions' });
    await running.getByRole('link', { name: /demo-host, active/ }).waitFor();
    shell.type('exit\n');
    await shell.ended;
    await page.getByRole('region', { name: 'My ended sessions' }).getByRole('link', { name: /demo-host, completed/ }).click();
    await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
  });
});

describe('home of an administrator', () => {
  it('shows what runs, what failed and what waits', async () => {
    const { page } = admin;
    await page.goto(gateway.url);
    const shell = Shell.open(gateway);
    await shell.shows('being recorded');
    await page.getByRole('region', { name: 'Running now' }).getByRole('link', { name: /demo-host, active/ }).waitFor();
    await page.getByText('No session waits for anything.').waitFor();
    shell.type('exit\n');
    await shell.ended;
    await page.getByText('Nobody is connected.').waitFor();
  });
});

describe('the lines of a resource', () => {
  it('work as they are copied', async () => {
    const { page } = demo;
    await page.goto(`${gateway.url}/connect/demo-host`);
    const copy = (what: string) => copied(page, () => page.getByRole('button', { name: `Copy ${what}` }).click());
    const one = await run((await copy('one command')).replace('uptime', 'echo got-$((40+2))'));
    expect(one.out).toContain('got-42');
    const sent = await run(await copy('send a file'));
    expect(sent.code, sent.out).toBe(0);
    const fetched = await run(await copy('fetch a file'));
    expect(fetched.code, fetched.out).toBe(0);
    const listed = await run(`echo ls | ${await copy('files, interactive')}`.replace('| sftp', '| sftp -F config'));
    expect(listed.code, listed.out).toBe(0);
    expect(listed.out).toContain('notes.txt');
    const jump = await copy('through the gateway as a jump host');
    expect(jump).toMatch(/^ssh -J demo@127\.0\.0\.1:\d+ demo-host$/);
    const config = await copy('for ~/.ssh/config');
    expect(config).toMatch(/^Host demo-host\n {2}HostName 127\.0\.0\.1\n {2}Port \d+\n {2}User demo%demo-host$/);
  });

  it('say by which keys the gateway is known', async () => {
    const { page } = demo;
    await page.goto(`${gateway.url}/connect/demo-host`);
    await page.getByText(/^SHA256:/).first().waitFor();
    const lines = await copied(page, () => page.getByRole('button', { name: 'Copy lines for known_hosts' }).click());
    expect(lines).toMatch(/^\[127\.0\.0\.1\]:\d+ ssh-ed25519 AAAA/);
    expect(lines).toMatch(/\n@cert-authority \* ssh-/);
  });
});

describe('the page of a database', () => {
  it('shows no keys of SSH, which its clients never see', async () => {
    await gateway.api('POST', '/v1/apply', {
      documents: [
        { kind: 'resource', name: 'ledger', spec: { type: 'postgres', host: '192.0.2.60' } },
        { kind: 'account', name: 'ledger', spec: { login: 'app', resources: { names: ['ledger'] } } },
        { kind: 'access_rule', name: 'ledger', spec: { users: ['demo'], resources: { names: ['ledger'] }, accounts: ['ledger'] } },
      ],
    });
    const { page } = demo;
    const keys = page.getByRole('heading', { name: 'To know the gateway by' });
    for (const [name, has] of [
      ['demo-host', true],
      ['demo-web', true],
      ['ledger', false],
    ] as const) {
      await page.goto(`${gateway.url}/connect/${name}`);
      await settled(page, name);
      await page.getByText(/^(?:doorward connect|ssh|psql) /).first().waitFor();
      await expect.poll(() => keys.count(), { message: name }).toBe(has ? 1 : 0);
    }
    await accessible(page, 'the ways to a database');
  });
});

describe('on every page', () => {
  it('Ctrl-K goes to pages, resources, users and sessions, and changes the theme', async () => {
    const { page } = admin;
    const go = async (text: string, name: RegExp | string) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill(text);
      await page.getByRole('option', { name }).first().waitFor();
      await page.keyboard.press('Enter');
    };
    await page.goto(`${gateway.url}/connect`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await go('audit', 'Audit log');
    await page.waitForURL(/\/audit$/);
    await go('demo-h', 'demo-host');
    await page.waitForURL(/\/connect\/demo-host$/);
    await go('hubert', /wolfeschlegel/);
    await page.waitForURL(/\/manage\/user\/wolfe.*tab=sessions/);
    await go('new group', 'New group');
    await page.waitForURL(/\/create\/group$/);
    await go('light theme', 'Light theme');
    await page.locator('html[data-mantine-color-scheme=light]').waitFor({ state: 'attached' });
    const list = (await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] };
    const id = list.sessions[0]?.session_id ?? '';
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill(id.slice(0, 23));
    await page.getByRole('option', { name: /demo → demo@demo-host/ }).click();
    await page.waitForURL(new RegExp(id));
    await go('zzz', /Sessions with “zzz”/);
    await page.waitForURL(/\/sessions\?search=zzz/);
  });

  it('Ctrl-K finds approvals by the words of before and of now', async () => {
    const { page } = admin;
    await page.goto(`${gateway.url}/tokens`);
    await settled(page, 'API tokens');
    for (const words of ['approvals', 'reviews', 'access request', 'just-in-time']) {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill(words);
      await page.getByRole('option', { name: 'Approvals', exact: true }).waitFor();
      await page.getByRole('option', { name: 'About approvals' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('access request');
    await page.getByRole('option', { name: 'Approvals', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/approvals$/);
  });

  it('? lists the keys, and there is a page of them', async () => {
    const { page } = admin;
    await page.goto(`${gateway.url}/tokens`);
    await page.getByRole('heading', { level: 1, name: 'API tokens' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).getByRole('link').click();
    await page.waitForURL(/\/keyboard$/);
    await page.getByRole('heading', { level: 1, name: 'Keyboard' }).waitFor();
  });

  it('the title says where one is, screen readers hear it, and the focus comes along', async () => {
    const { page } = admin;
    await page.goto(`${gateway.url}/tokens`);
    await expect.poll(() => page.title()).toBe('API tokens · Doorward');
    await page.getByRole('link', { name: 'My connections' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toBe('My connections · Doorward');
    await expect.poll(() => page.getByRole('status', { name: 'Page' }).innerText()).toBe('My connections');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
  });

  it('one can skip what stands around the content', async () => {
    const { page } = admin;
    await page.goto(`${gateway.url}/tokens`);
    await page.getByRole('heading', { level: 1, name: 'API tokens' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('New token');
  });
});
