/** Secrets that are kept elsewhere: the form asks for what the gateway allows, and the page says where each is. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessible, openBrowser, settled } from './browser.ts';
import { PASSWORD, Served } from './served.ts';

let gateway: Served;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  gateway = await Served.start({ DOORWARD_SECRET_ENV: 'SECRET_', DOORWARD_SECRET_COMMAND: 'pass=/bin/true' });
  browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${gateway.url}/sign-in?next=/create/secret`);
  await page.getByLabel('Name').fill('admin');
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // The form of signing in has a name as well: what is typed too early is typed into that.
  await settled(page, 'New secret');
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

it('makes a secret that is kept elsewhere, and says where', async () => {
  await page.getByLabel('Name').fill('web-root');
  await page.getByLabel('Kept in').first().click();
  await page.getByRole('option').first().waitFor();
  expect(await page.getByRole('option').allInnerTexts()).toEqual(['A variable of the gateway’s environment', 'What a program prints']);
  await page.getByRole('option', { name: 'A variable' }).click();
  await page.getByText('Begins with SECRET_').waitFor();
  expect(await page.getByLabel('New value').count()).toBe(0);
  await page.getByLabel('Name of the variable').fill('PATH');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('does not begin with').first().waitFor();
  await page.getByLabel('Name of the variable').fill('SECRET_WEB');
  await accessible(page, 'the form of a secret that is kept elsewhere');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/manage\/secret\/web-root$/);
  await page.getByText('version 1').waitFor();
  expect(await page.getByLabel('Name of the variable').inputValue()).toBe('SECRET_WEB');
  const made = (await gateway.api('GET', '/v1/objects/secret/web-root')) as { spec: unknown };
  expect(made.spec).toMatchObject({ from: { source: 'env', name: 'SECRET_WEB' } });
  await page.goto(`${gateway.url}/manage/secret`);
  await page.getByRole('row').filter({ hasText: 'web-root' }).getByText('env').waitFor();
});
