/** Who sees which sessions: rules that are made in the console, and what they give to whom. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { until } from './scene.ts';
import { Shell } from './shell.ts';

const WATCHER = { name: 'wanda', password: 'watches over the demo host' };

let gateway: Gateway;
let browser: Browser;
let session: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await gateway.api('PUT', `/v1/objects/user/${WATCHER.name}`, { spec: { password: WATCHER.password } });
  await Shell.open(gateway, ['echo seen by few']).ended;
  const row = await until(gateway, 'status=completed', ([first]) => ((first?.['recording'] as { state: string } | undefined)?.state === 'available' ? first : undefined));
  session = row.session_id;
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe('administrative rules', () => {
  let admin: Visitor;
  let watcher: Visitor;
  beforeAll(async () => {
    admin = await visit(browser, { theme: 'light' });
    watcher = await visit(browser, { theme: 'dark', width: 390 });
    await signIn(admin.page, gateway, 'admin');
    await signIn(watcher.page, gateway, WATCHER.name, WATCHER.password);
  });
  afterAll(async () => {
    expect([...admin.complaints, ...watcher.complaints]).toEqual([]);
    await admin.context.close();
    await watcher.context.close();
  });

  it('is found by the words that people know, and made in a form', async () => {
    const { page } = admin;
    await page.keyboard.press('ControlOrMeta+k');
    await page.getByRole('dialog').getByRole('combobox').fill('remote access');
    await page.getByRole('option', { name: 'Administrative rules' }).click();
    await page.getByRole('heading', { name: 'Administrative rules' }).waitFor();
    await page.goto(`${gateway.url}/create/administrative_rule`);
    await page.getByRole('textbox', { name: /^Name/ }).first().fill('wanda-watches');
    await page.getByLabel('Users').first().click();
    await page.getByRole('option', { name: WATCHER.name, exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByLabel('Gateways').fill('gate of nowhere');
    await accessible(page, 'the form of an administrative rule');
    await fits(page);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/manage\/administrative_rule\/wanda-watches$/);
    const kept = (await gateway.api('GET', '/v1/objects/administrative_rule/wanda-watches')) as { spec: Record<string, unknown> };
    expect(kept.spec).toMatchObject({ users: [WATCHER.name], remote_access: 'selected', gateways: ['gate of nowhere'], play_recordings: false });
  });

  it('shows who has a rule the sessions of the rule, and no others', async () => {
    const { page } = watcher;
    const row = page.getByText('demo-host').first();
    await page.goto(`${gateway.url}/sessions?status=completed&last=all`);
    await page.getByText('No session').first().waitFor();
    await page.goto(`${gateway.url}/sessions/${session}`);
    await page.getByText(/nothing here/i).first().waitFor();
    const rule = (more: object) => gateway.api('PUT', '/v1/objects/administrative_rule/wanda-watches', { spec: { users: [WATCHER.name], remote_access: 'selected', resources: { names: ['demo-host'], labels: {} }, ...more } });
    await rule({});
    await page.goto(`${gateway.url}/sessions?status=completed&last=all`);
    await row.waitFor();
    // Listed, not played: no player, and the log says why.
    await page.goto(`${gateway.url}/sessions/${session}`);
    await page.getByRole('status', { name: 'State' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Play' }).count()).toBe(0);
    await fits(page);
    await rule({ play_recordings: true });
    await page.reload();
    await page.getByText('echo seen by few').first().waitFor();
    await accessible(page, 'a session of somebody else that a rule lets play');
  });
});
