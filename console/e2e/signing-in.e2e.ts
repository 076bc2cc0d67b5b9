/** Signing in with more than a password: an authenticator app, recovery codes, and a passkey in Chromium's own virtual authenticator. */
import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, settled, visit, type Visitor } from './browser.ts';
import { PASSWORD, served, typePassword } from './served.ts';

const at = served();

const oathtool = (secret: string, moment: string): string =>
  execFileSync('oathtool', ['--totp', '-b', '--now', moment, secret]).toString().trim();

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Name').waitFor();
}

async function goTo(page: Page, heading: string, path: string): Promise<void> {
  await page.goto(`${at.gateway.url}${path}`);
  await settled(page, heading);
}

describe.each([
  ['dark', 1280],
  ['light', 390],
] as const)('in %s at %d px', (theme, width) => {
  let visitor: Visitor;
  const name = `ann-${theme}`;
  beforeAll(async () => {
    await at.gateway.user(name);
    visitor = await visit(at.browser, { theme, width });
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it('the first administrator has a form', async () => {
    const { page } = visitor;
    await page.goto(`${at.gateway.url}/setup`);
    await page.getByLabel('Token').fill('not the one that was printed');
    await page.getByLabel('Name').fill('second');
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.locator('input[name=password-again]').fill('another one');
    await page.getByText('The two differ').waitFor();
    await accessible(page, 'making the first administrator');
    await fits(page);
    await page.locator('input[name=password-again]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make administrator and sign in' }).click();
    await page.getByRole('note').first().waitFor();
    await accessible(page, 'a second first administrator');
  });

  it('an authenticator app is set up by its picture or its secret, and asked for from then on', async () => {
    const { page } = visitor;
    await page.goto(`${at.gateway.url}/sign-in`);
    await typePassword(page, name);
    await settled(page, 'Home');
    await goTo(page, 'Signing in', '/security');
    await page.getByRole('button', { name: 'Set up an app' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /picture for the camera/ }).waitFor();
    const secret = await dialog.locator('code').innerText();
    await accessible(page, 'setting up an app');
    await fits(page);
    await dialog.getByLabel('Code').fill('000000');
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByText('The code is wrong, or was used before').waitFor();
    await dialog.getByLabel('Code').fill(oathtool(secret, 'now'));
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    const codes = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
    await expect.poll(() => codes.count()).toBe(10);
    const code = await codes.first().innerText();
    await accessible(page, 'recovery codes');
    await fits(page);
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('10 are left').waitFor();

    await signOut(page);
    await typePassword(page, name);
    await page.getByLabel('Code').fill('123456');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('The code is wrong, or was used before').waitFor();
    await accessible(page, 'asking for a code');
    await page.getByLabel('Code').fill(oathtool(secret, '+30 seconds'));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await settled(page, 'Home');

    await signOut(page);
    await typePassword(page, name);
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await settled(page, 'Home');
    await goTo(page, 'Signing in', '/security');
    await page.getByText('9 are left').waitFor();
  });

  it('a passkey signs in by itself, and a copy of it does not', async () => {
    const { page, context } = visitor;
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
    });
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('this computer');
    await accessible(page, 'adding a passkey');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Remove passkey this computer' }).waitFor();
    await accessible(page, 'the page of signing in');
    await fits(page);

    await signOut(page);
    await accessible(page, 'the sign-in');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await settled(page, 'Home');

    // The key as it was before, in another authenticator: its counter is behind.
    const [key] = (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
    await signOut(page);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await settled(page, 'Home');
    await signOut(page);
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...(key as NonNullable<typeof key>), signCount: 0 } });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('The passkey was not accepted').waitFor();
    // Nobody touches it.
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('Nothing was confirmed').waitFor();
    await cdp.detach();
    const log = JSON.stringify(await at.gateway.api('GET', '/v1/audit?limit=200'));
    expect(log).toContain('counter went back');
    expect(log).toContain('"method":"passkey"');
  });
});

it('what was lost is reset by an administrator', async () => {
  const { page, context, complaints } = await visit(at.browser);
  await page.goto(`${at.gateway.url}/sign-in`);
  await typePassword(page, 'admin');
  await settled(page, 'Home');
  await goTo(page, 'ann-dark', '/manage/user/ann-dark');
  await page.getByText('Authenticator app since').waitFor();
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('signed out everywhere').waitFor();
  await accessible(page, 'resetting a second factor');
  await dialog.getByRole('button', { name: 'Reset', exact: true }).click();
  await page.getByText('Users set one up themselves').waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
