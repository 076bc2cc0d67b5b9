/** The list of sessions: filters, keys, columns, order. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, signIn, visit, type Visitor } from './browser.ts';
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
    await expect.poll(() => page.getByRole('separator', { name: 'Width of Account' }).getAttribute('aria-valuenow')).toBe(width);
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
