/** Every page, in both themes and on a telephone; and the forms. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const PAGES: [string, string][] = [
  ['/sessions', 'Sessions'],
  ['/connect', 'My connections'],
  ['/files', 'File activity'],
  ['/audit', 'Audit log'],
  ['/tokens', 'API tokens'],
  ['/manage/user', 'Users'],
  ['/manage/group', 'Groups'],
  ['/manage/resource', 'Resources'],
  ['/manage/account', 'Accounts'],
  ['/manage/secret', 'Secrets'],
  ['/manage/profile', 'Profiles'],
  ['/manage/access_rule', 'Access rules'],
  ['/manage/resource/demo-host', 'demo-host'],
  ['/manage/profile/demo', 'demo'],
  ['/create/access_rule', 'New access rule'],
  ['/no/such/page', 'There is no such page'],
];

describe.each([
  ['dark', 1280],
  ['light', 1280],
  ['light', 390],
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

  it.each(PAGES)('%s is whole and accessible', async (path, title) => {
    const { page } = visitor;
    await page.goto(`${gateway.url}${path}`);
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => {});
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await accessible(page, path);
  });
});

describe('forms', () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser);
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(() => visitor.context.close());

  it('make, change and remove a group', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group`);
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('This is needed').waitFor();
    await page.getByLabel('Name').fill('night-shift');
    await page.getByLabel('Members').first().click();
    await page.getByRole('option', { name: 'demo', exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('row').filter({ hasText: 'night-shift' }).click();
    await page.getByLabel('Description').fill('Those who watch at night');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row').filter({ hasText: 'Those who watch at night' }).click();
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('night-shift removed').waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'night-shift' }).count()).toBe(0);
  });

  it('say so when someone else was faster', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group/everyone`);
    await page.getByLabel('Description').fill('mine');
    await gateway.api('PUT', '/v1/objects/group/everyone', { spec: { members: ['admin', 'demo'], description: 'theirs' } });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('note').filter({ hasText: /changed|version/i }).waitFor();
  });

  it('give a token once', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/tokens`);
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('for a script');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.getByText(/^dw_/).innerText();
    const me = await fetch(`${gateway.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Remove token for a script' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Token removed').waitFor();
    expect((await fetch(`${gateway.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401);
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
