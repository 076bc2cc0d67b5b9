/** What pages show while nothing has come, when something is broken, missing or not allowed; and what the browser gets at all. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, settled, signIn, visit, type Visitor } from './browser.ts';
import { furnish } from './furnish.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let session: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await furnish(gateway);
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
  session = ((await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] }).sessions[0]?.session_id ?? '';
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Looks at the page as it stands in dark and in light: only the rules about colours hang on that. */
async function inBoth(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, `${name}, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await accessible(page, `${name}, light`, 'colours');
}

/** For each list and page what shows while nothing has come, when the server breaks, and when one may not see it. */
const READS: [string, string, string][] = [
  ['/', '**/v1/connect', 'Home'],
  ['/sessions', '**/v1/sessions?*', 'Sessions'],
  ['/sessions/{id}', '**/v1/sessions/*', ''],
  ['/wall', '**/v1/sessions?*', 'Live wall'],
  ['/approvals', '**/v1/approvals?*', 'Approvals'],
  ['/connect', '**/v1/connect', 'My connections'],
  ['/connect/demo-host', '**/v1/connect', ''],
  ['/files', '**/v1/files*', 'File activity'],
  ['/audit', '**/v1/audit*', 'Audit log'],
  ['/security', '**/v1/factors', 'Signing in'],
  ['/tokens', '**/v1/tokens', 'API tokens'],
  ['/gateways', '**/v1/nodes', 'Gateways'],
  ['/gateways/demo-gateway', '**/v1/nodes', ''],
  ['/settings', '**/v1/settings', 'Settings'],
  ['/manage/user', '**/v1/objects/user', 'Users'],
  ['/manage/user/demo', '**/v1/objects/user/demo', ''],
];

describe('while the server is slow or broken', () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { width: 390 });
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it.each(READS)('%s says that it loads, and what went wrong', async (path, read) => {
    const { page } = visitor;
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route(read, async (route) => {
      await held;
      const problem = { type: '/problems/internal', title: 'internal', status: 500, detail: 'the gateway could not do this', code: 'internal', hint: 'the log has it', request_id: '0123456789abcdef' };
      await route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    });
    await page.goto(`${gateway.url}${path.replace('{id}', session)}`);
    await page.getByRole('status').filter({ hasText: /Loading/ }).first().waitFor();
    await inBoth(page, `${path} while it loads`);
    go();
    await page.getByRole('alert').first().waitFor({ timeout: 30_000 });
    await page.getByText('0123456789abcdef').first().waitFor();
    await fits(page);
    await inBoth(page, `${path} when it fails`);
    await page.unroute(read);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('alert').first().waitFor({ state: 'detached' });
  });

  it('a gateway that is away is told, and that it is back', async () => {
    const { page, context } = visitor;
    await page.goto(`${gateway.url}/tokens`);
    await settled(page, 'API tokens');
    await context.setOffline(true);
    await page.getByText('The gateway does not answer.').first().waitFor();
    await fits(page);
    await inBoth(page, 'offline');
    await context.setOffline(false);
    await page.getByText('The gateway does not answer.').first().waitFor({ state: 'detached' });
  });
});

/** Pages that are not for everybody, with the beginning of what is said instead. */
const NOT_FOR_ALL = ['/audit', '/gateways', '/settings', '/manage/user', '/manage/user/demo', '/create/user'];

describe('somebody without rights', () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme: 'light' });
    await signIn(visitor.page, gateway, 'newcomer', 'nothing-yet-for-me');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it.each(NOT_FOR_ALL)('is told that %s is not for them', async (path) => {
    const { page } = visitor;
    await page.goto(`${gateway.url}${path}`);
    await page.getByRole('alert').filter({ hasText: /administrator/i }).waitFor();
    await accessible(page, `${path}, denied`);
  });

  it.each(['/', '/sessions', '/connect', '/files', '/tokens'])('finds %s empty and explained', async (path) => {
    const { page } = visitor;
    await page.goto(`${gateway.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText(/^Loading/).first().waitFor({ state: 'detached' });
    await fits(page);
    await accessible(page, `${path}, empty`);
  });

  it('is led back to where they wanted to go', async () => {
    const { page, context } = await visit(browser);
    await page.goto(`${gateway.url}/connect`);
    await page.waitForURL(/\/sign-in\?next=/);
    await page.getByLabel('Name').waitFor();
    await accessible(page, 'sign-in');
    await signIn(page, gateway, 'newcomer', 'nothing-yet-for-me');
    await page.waitForURL(/\/connect$/);
    await context.close();
  });
});

describe('what the browser gets', () => {
  it('is small at the first visit, hashed and kept, and has a policy without exceptions', async () => {
    const { page, context, complaints } = await visit(browser);
    const wire = await context.newCDPSession(page);
    await wire.send('Network.enable');
    let bytes = 0;
    wire.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength;
    });
    const assets: { url: string; kept: string; coding: string; size: number }[] = [];
    let policy = '';
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      const headers = response.headers();
      if (pathname.startsWith('/assets/')) assets.push({ url: pathname, kept: headers['cache-control'] ?? '', coding: headers['content-encoding'] ?? '', size: Number(headers['content-length'] ?? 0) });
      if (pathname === '/sessions') policy = headers['content-security-policy'] ?? '';
    });
    await page.goto(`${gateway.url}/sessions`);
    await page.waitForURL(/\/sign-in/);
    await signIn(page, gateway, 'admin');
    await page.getByRole('row').nth(1).waitFor();
    console.log(`first visit, from signing in to the list: ${Math.round(bytes / 1000)} kB on the wire, ${assets.length} assets`);
    expect(bytes).toBeLessThan(300_000);
    expect(assets.length).toBeGreaterThan(5);
    for (const one of assets) {
      expect(one.url).toMatch(/-[\w-]{8}\.\w+$/);
      expect(one.kept).toContain('immutable');
      if (/\.(?:js|css)$/.test(one.url) && one.size > 1000) expect(one.coding, one.url).toBe('br');
    }
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/]{20,}' 'wasm-unsafe-eval';/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
