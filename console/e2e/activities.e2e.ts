/** Activities: made in a form, given by a rule, and seen in the sessions that have them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessible, fits, openBrowser, signIn, visit } from './browser.ts';
import { Gateway } from './gateway.ts';
import { Postgres } from './postgres.ts';
import { until } from './scene.ts';

let gateway: Gateway;
let browser: Browser;
let server: Postgres;

beforeAll(async () => {
  [gateway, server, browser] = await Promise.all([Gateway.start(), Postgres.start(), openBrowser()]);
  await server.offer(gateway);
  server.ask('CREATE TABLE orders AS SELECT 42 AS number');
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await server?.stop();
});

const roles = () => server.ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'dw\\_%'");

it('an activity is made in a form, and its sessions lead to it', async () => {
  const admin = await visit(browser, { theme: 'dark' });
  const { page } = admin;
  await signIn(page, gateway, 'admin');
  await page.goto(`${gateway.url}/create/activity`);
  await page.getByRole('textbox', { name: /^Name/ }).first().fill('reads-orders');
  // What it is for is chosen, and shown.
  const type = page.getByRole('combobox', { name: 'Type of the resources' });
  await expect.poll(() => type.inputValue()).toBe('PostgreSQL');
  await type.click();
  await page.getByRole('option', { name: 'SSH' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel(/^Administrator( \*)?$/).and(page.locator('input:visible')).click();
  await page.getByRole('option', { name: 'db-app' }).click();
  // The first step is there: an account for the session.
  const steps = page.getByRole('group', { name: 'Steps before the session' });
  await steps.getByRole('button', { name: 'Add a step' }).click();
  const second = steps.getByRole('group', { name: 'Step 2' });
  await second.getByLabel('What is done').first().click();
  await page.getByRole('option', { name: 'Grant privileges' }).click();
  await second.getByLabel('Privileges').first().fill('select');
  await page.keyboard.press('Enter');
  await second.getByLabel('On', { exact: true }).fill('tables public');
  await accessible(page, 'the form of an activity');
  await fits(page);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/manage\/activity\/reads-orders$/);
  const kept = (await gateway.api('GET', '/v1/objects/activity/reads-orders')) as { spec: Record<string, unknown> };
  expect(kept.spec).toMatchObject({ type: 'postgres', administrator: 'db-app', before: [{ do: 'create_account' }, { do: 'grant', privileges: ['select'], on: 'tables public' }] });
  // A rule gives it, and a session has it.
  await gateway.api('PUT', '/v1/objects/access_rule/for-a-while', { spec: { users: ['admin'], resources: { names: ['db'] }, activity: 'reads-orders' } });
  await gateway.api('POST', '/v1/requests', { resource: 'db', account: 'reads-orders', reason: 'orders' });
  const row = await until(gateway, 'status=available', ([first]) => first);
  expect(roles()).toBe('1');
  await page.goto(`${gateway.url}/sessions?status=available`);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox', { name: 'Activity' }).check();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'reads-orders' }).first().click();
  await page.waitForURL(/\/manage\/activity\/reads-orders/);
  await page.getByRole('heading', { name: 'reads-orders' }).first().waitFor();
  await page.goto(`${gateway.url}/sessions/${row.session_id}?tab=info`);
  await page.getByRole('link', { name: 'reads-orders' }).first().waitFor();
  await accessible(page, 'a session with an activity');
  await gateway.api('POST', `/v1/sessions/${row.session_id}:cancel`, {});
  await until(gateway, 'status=closed', (rows) => rows.find((one) => one.session_id === row.session_id));
  expect(roles()).toBe('0');
  expect(admin.complaints).toEqual([]);
  await admin.context.close();
});
