/** Every page and every state of it: whole, accessible, in both themes, on a telephone and on a wide screen, and with nothing from elsewhere. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { furnish, LONG } from './furnish.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let session: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await furnish(gateway);
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
  const list = (await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] };
  session = list.sessions[0]?.session_id ?? '';
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Address and heading. `{id}` is a session. */
const PAGES: [string, string | RegExp][] = [
  ['/', 'Home'],
  ['/sessions', 'Sessions'],
  ['/sessions?status=denied', 'Sessions'],
  ['/sessions/{id}', /demo-host/],
  ['/sessions/{id}/log', 'Event log'],
  ['/wall', 'Live wall'],
  ['/connect', 'My connections'],
  ['/connect/demo-host', 'demo-host'],
  ['/connect/demo-web', 'demo-web'],
  ['/connect/no-such', /not found/i],
  ['/files', 'File activity'],
  ['/audit', 'Audit log'],
  ['/tokens', 'API tokens'],
  ['/keyboard', 'Keyboard'],
  ['/gateways', 'Gateways'],
  ['/gateways/demo-gateway', 'demo-gateway'],
  ['/gateways/demo-gateway?tab=sessions', 'demo-gateway'],
  ['/gateways/no-such', /not found/i],
  ['/settings', 'Settings'],
  ['/manage/user', 'Users'],
  ['/manage/group', 'Groups'],
  ['/manage/resource', 'Resources'],
  ['/manage/resource?search=no-such', 'Resources'],
  ['/manage/account', 'Accounts'],
  ['/manage/secret', 'Secrets'],
  ['/manage/profile', 'Profiles'],
  ['/manage/access_rule', 'Access rules'],
  ['/manage/user/demo', 'demo'],
  ['/manage/user/demo?tab=sessions', 'demo'],
  ['/manage/user/no-longer', 'no-longer'],
  ['/manage/group/everyone', 'everyone'],
  ['/manage/group/everyone?tab=yaml', 'everyone'],
  ['/manage/resource/demo-host', 'demo-host'],
  ['/manage/resource/demo-host?tab=sessions', 'demo-host'],
  ['/manage/resource/demo-host?tab=yaml', 'demo-host'],
  [`/manage/resource/${LONG}`, LONG],
  ['/manage/account/demo-account', 'demo-account'],
  ['/manage/account/demo-account?tab=sessions', 'demo-account'],
  ['/manage/secret/demo-key', 'demo-key'],
  ['/manage/profile/demo', 'demo'],
  ['/manage/profile/no-such', /not found/i],
  ['/manage/access_rule/demo', 'demo'],
  ['/manage/access_rule/demo?tab=sessions', 'demo'],
  ['/create/user', 'New user'],
  ['/create/resource', 'New resource'],
  ['/create/secret', 'New secret'],
  ['/create/access_rule', 'New access rule'],
  ['/no/such/page', 'There is no such page'],
];

/** The page fits into the window: what is wider scrolls in itself. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

async function settled(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, ...(typeof heading === 'string' ? { exact: true } : {}) }).waitFor();
  await page.getByText(/^Loading/).first().waitFor({ state: 'detached' });
}

describe.each([
  ['dark', 1280],
  ['light', 1280],
  ['dark', 390],
  ['light', 390],
  ['light', 2560],
] as const)('in %s at %d px', (theme, width) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme, width });
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it.each(PAGES)('%s is whole and accessible', async (path, heading) => {
    const { page } = visitor;
    await page.goto(`${gateway.url}${path.replace('{id}', session)}`);
    await settled(page, heading);
    await fits(page);
    await accessible(page, path);
  });

  it('what opens over a page is accessible', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group/everyone`);
    await settled(page, 'everyone');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await accessible(page, 'the palette');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await accessible(page, 'the keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'demo' }).waitFor();
    await accessible(page, 'what names an object');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByLabel('Description').fill('changed');
    await page.goBack();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await accessible(page, 'what is not saved');
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await fits(page);
  });
});

/** For each list and page what shows while nothing has come, when the server breaks, and when one may not see it. */
const READS: [string, string, string][] = [
  ['/', '**/v1/connect', 'Home'],
  ['/sessions', '**/v1/sessions?*', 'Sessions'],
  ['/connect', '**/v1/connect', 'My connections'],
  ['/connect/demo-host', '**/v1/connect', ''],
  ['/files', '**/v1/files*', 'File activity'],
  ['/audit', '**/v1/audit*', 'Audit log'],
  ['/tokens', '**/v1/tokens', 'API tokens'],
  ['/gateways', '**/v1/nodes', 'Gateways'],
  ['/gateways/demo-gateway', '**/v1/nodes', ''],
  ['/settings', '**/v1/settings', 'Settings'],
  ['/manage/user', '**/v1/objects/user', 'Users'],
  ['/manage/user/demo', '**/v1/objects/user/demo', ''],
];

describe.each(['dark', 'light'] as const)('while the server is slow or broken, in %s', (theme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme, width: 390 });
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
    await page.goto(`${gateway.url}${path}`);
    await page.getByRole('status').filter({ hasText: /Loading/ }).first().waitFor();
    await accessible(page, `${path} while it loads`);
    go();
    await page.getByRole('alert').first().waitFor({ timeout: 30_000 });
    await page.getByText('0123456789abcdef').first().waitFor();
    await fits(page);
    await accessible(page, `${path} when it fails`);
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
    await accessible(page, 'offline');
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
    const assets: { url: string; kept: string; coding: string }[] = [];
    let policy = '';
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      const headers = response.headers();
      if (pathname.startsWith('/assets/')) assets.push({ url: pathname, kept: headers['cache-control'] ?? '', coding: headers['content-encoding'] ?? '' });
      if (pathname === '/sign-in') policy = headers['content-security-policy'] ?? '';
    });
    await page.goto(`${gateway.url}/sign-in`);
    await signIn(page, gateway, 'admin');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => {});
    await page.goto(`${gateway.url}/sessions`);
    await page.getByRole('row').nth(1).waitFor();
    console.log(`first visit, from signing in to the list: ${Math.round(bytes / 1000)} kB on the wire, ${assets.length} assets`);
    expect(bytes).toBeLessThan(300_000);
    expect(assets.length).toBeGreaterThan(5);
    for (const one of assets) {
      expect(one.url).toMatch(/-[\w-]{8}\.\w+$/);
      expect(one.kept).toContain('immutable');
      if (/\.(?:js|css)$/.test(one.url)) expect(one.coding).toBe('br');
    }
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/]{20,}' 'wasm-unsafe-eval';/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe('the list', () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser);
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(() => visitor.context.close());

  it('keeps its filters in the address', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions`);
    await page.getByRole('button', { name: 'Completed' }).click();
    await page.waitForURL(/status=completed/);
    await page.getByRole('button', { name: 'SSH' }).click();
    await page.waitForURL(/type=ssh/);
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'demo-host' }).waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.getByRole('button', { name: 'Drop filter State: completed' }).click();
    await page.getByText('No sessions found').waitFor();
  });

  it('is moved through with the keyboard alone', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions`);
    await page.getByRole('row').filter({ hasText: 'demo-host' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
    await page.goBack();
    await page.getByRole('row').filter({ hasText: 'demo-host' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('nothing-like-this');
    await page.getByText('No sessions found').waitFor();
    expect(page.url()).toContain('search=nothing-like-this');
  });

  it('remembers widths and columns', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions`);
    const grip = page.getByRole('separator', { name: 'Width of Account' });
    await grip.focus();
    for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowRight');
    const width = await grip.getAttribute('aria-valuenow');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Gateway' }).check();
    await page.reload();
    await page.getByRole('columnheader', { name: /Gateway/ }).waitFor();
    expect(await page.getByRole('separator', { name: 'Width of Account' }).getAttribute('aria-valuenow')).toBe(width);
  });

  it('sorts on the server, both ways', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions`);
    await page.getByRole('button', { name: 'User', exact: true }).click();
    await page.waitForURL(/sort=user:asc/);
    await page.getByRole('button', { name: 'User', exact: true }).click();
    await page.waitForURL(/sort=user:desc/);
  });

  it('finds a session by its id, also outside the filters', async () => {
    const { page } = visitor;
    const list = (await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] };
    const id = list.sessions[0]?.session_id ?? '';
    await page.goto(`${gateway.url}/sessions?status=denied&search=${id}`);
    await page.getByText('This session is outside the filters').waitFor();
    await page.getByRole('note').getByRole('link').click();
    await page.waitForURL(new RegExp(id));
  });
});
