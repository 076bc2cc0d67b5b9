/** Signing in with an identity provider: a certified one, by a browser, there and back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessible, openBrowser, settled } from './browser.ts';
import { IdentityProvider } from './provider.ts';
import { Served } from './served.ts';

let gateway: Served;
let provider: IdentityProvider;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorward-e2e-'));
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'a secret: of two\n');
  provider = await IdentityProvider.listen();
  gateway = await Served.start({
    DOORWARD_OIDC_ISSUER: provider.issuer,
    DOORWARD_OIDC_CLIENT_ID: 'doorward',
    DOORWARD_OIDC_CLIENT_SECRET_FILE: secret,
    DOORWARD_OIDC_TITLE: 'Example',
  });
  await provider.serve({ id: 'doorward', secret: 'a secret: of two', redirect: `${gateway.url}/v1/login/oidc/callback` });
  await gateway.api('PUT', '/v1/objects/group/staff', { spec: {} });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Signs in there and agrees; gives the address that the browser was sent back to. */
async function there(page: Page, name: string): Promise<string> {
  const back = page.waitForRequest((request) => request.url().startsWith(`${gateway.url}/v1/login/oidc/callback`));
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  return (await back).url();
}

it('signs in whom the provider vouches for, as a user in the groups that it names', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${gateway.url}/sign-in?next=/tokens`);
  await page.getByRole('link', { name: 'Sign in with Example' }).waitFor();
  await accessible(page, 'the sign-in with a provider');
  await page.getByRole('link', { name: 'Sign in with Example' }).click();
  const back = await there(page, 'zoe');
  await settled(page, 'API tokens');
  await page.getByRole('button', { name: 'Account of zoe of the provider' }).waitFor();
  const user = (await gateway.api('GET', '/v1/objects/user/zoe')) as { spec: Record<string, unknown> };
  expect(user.spec).toMatchObject({ email: 'zoe@example.org', provider_groups: ['staff'] });

  // The address that led back leads nowhere a second time, and nowhere in another browser.
  for (const other of [page, await (await browser.newContext()).newPage()]) {
    await other.goto(back);
    await other.getByText('The identity provider did not sign you in').waitFor();
  }
  await context.close();
});

it('signs in nobody under a name that a user has already, and nobody who gives up there', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${gateway.url}/v1/login/oidc`);
  await there(page, 'admin');
  await page.getByText('is another user’s here').waitFor();
  await accessible(page, 'the sign-in that was refused');
  await page.goto(`${gateway.url}/v1/login/oidc/callback?error=access_denied&state=x`);
  await page.getByText('The identity provider did not sign you in').waitFor();
  await context.close();
});
