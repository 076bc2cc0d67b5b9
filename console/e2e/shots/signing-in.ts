/** The sign-in and what proves who one is. */
import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import type { Gateway } from '../gateway.ts';
import { changed, click, dialog, fill, refused, sees, steps, type Shot } from './shot.ts';

/** Somebody with an authenticator app. */
export const WITH_FACTORS = { name: 'tess', password: 'has-more-than-this' };
/** Each is good for one sign-in. */
let recovery: string[] = [];

const codeOf = (secret: string): string => execFileSync('oathtool', ['--totp', '-b', secret]).toString().trim();

/** Sets up the app, as the console does. */
export async function giveFactors(gateway: Gateway): Promise<void> {
  const { name, password } = WITH_FACTORS;
  await gateway.api('PUT', `/v1/objects/user/${name}`, { spec: { password, display_name: 'Tess Two-Factor' } });
  const json = { 'Content-Type': 'application/json' };
  const entered = await fetch(`${gateway.url}/v1/login`, { method: 'POST', headers: json, body: JSON.stringify({ name, password }) });
  const { csrf } = (await entered.json()) as { csrf: string };
  const headers = { ...json, 'X-CSRF-Token': csrf, Cookie: entered.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  const post = async (path: string, body: object) => (await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  const { secret } = (await post('/v1/factors/totp', {})) as { secret: string };
  recovery = ((await post('/v1/factors/totp/confirm', { code: codeOf(secret) })) as { codes: string[] }).codes;
}

const typePassword = (name: string, password: string) =>
  steps(fill('Name', name), (page) => page.locator('input[name=password]').fill(password), click('Sign in'));

export async function signInWithCode(page: Page, gateway: Gateway): Promise<void> {
  await page.goto(`${gateway.url}/sign-in`);
  await typePassword(WITH_FACTORS.name, WITH_FACTORS.password)(page, gateway);
  await page.getByLabel('Code').fill(recovery.pop() ?? '');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

const code = steps(typePassword(WITH_FACTORS.name, WITH_FACTORS.password), (page) => page.getByLabel('Code').waitFor());
// Too many wrong ones lock out: the refusal is made up.
const wrong = (words: string) => refused('**/v1/login', { status: 401, code: 'unauthorized', title: 'unauthorized', detail: words });
const passkey = (nth: number, name: string, used: string | null) => ({ id: `01890000-0000-7000-8000-00000000000${nth}`, name, created_at: '2026-02-03T09:00:00Z', last_used_at: used });
/** Browsers have none for a page that is reached by a number. */
const withPasskeys = changed('**/v1/factors', (factors) => ({
  ...factors,
  passkeys_possible: true,
  passkeys: [passkey(1, 'Laptop at the office in Frankfurt', new Date(Date.now() - 7_200_000).toISOString()), passkey(2, 'phone', null)],
}));

/** A program that asks to be let in. */
const program = async (page: Page, gateway: Gateway) => {
  const asked = await fetch(`${gateway.url}/v1/login/device`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ client: 'doorward on the laptop of the night shift' }) });
  const { verification_uri_complete: address } = (await asked.json()) as { verification_uri_complete: string };
  await page.goto(`${gateway.url}/device?${address.split('?')[1] ?? ''}`);
  await page.getByRole('button', { name: 'Confirm' }).waitFor();
};
/** A service account with two keys. */
const keys = async (page: Page, gateway: Gateway) => {
  await gateway.api('PUT', '/v1/objects/user/nightly-export', { spec: { kind: 'service' } });
  const { tokens } = (await gateway.api('GET', '/v1/users/nightly-export/keys')) as { tokens: unknown[] };
  for (const name of ['runner', 'the runner of the other site, to be removed after the move'].slice(tokens.length)) await gateway.api('POST', '/v1/users/nightly-export/keys', { name });
  await page.goto(`${gateway.url}/manage/user/nightly-export`);
  await page.getByRole('button', { name: 'Remove key runner' }).waitFor();
};

export const signingInShots: Shot[] = [
  { name: 'sign-in', path: '/sign-in', as: 'nobody', first: (page) => page.getByLabel('Name').waitFor() },
  { name: 'sign-in-wrong', path: '/sign-in', as: 'nobody', first: steps(wrong('the name or the password is wrong'), typePassword('demo', 'wrong'), sees(/is wrong/)) },
  { name: 'sign-in-code', path: '/sign-in', as: 'nobody', first: code },
  { name: 'sign-in-code-wrong', path: '/sign-in', as: 'nobody', first: steps(code, wrong('the code is wrong, or was used before'), fill('Code', '000000'), click('Sign in'), sees(/is wrong/)) },
  {
    name: 'sign-in-provider',
    path: '/sign-in?refused=name',
    as: 'nobody',
    first: steps(changed('**/v1/setup', (setup) => ({ ...setup, provider: 'Example Identity', passkeys: true })), sees('Sign in with Example Identity')),
  },
  { name: 'set-up', path: '/setup', as: 'nobody', first: (page) => page.getByLabel('Token').waitFor() },
  { name: 'set-up-differ', path: '/setup?token=one-time', as: 'nobody', first: steps(fill('Name', 'admin'), fill('Password', 'one'), fill('Password again', 'another'), sees('The two differ')) },
  { name: 'security', path: '/security', height: 1000, first: sees('Authenticator app') },
  { name: 'security-needed', path: '/security', height: 1000, first: steps(changed('**/v1/factors', (factors) => ({ ...factors, required: true })), sees('A second factor is needed here')) },
  { name: 'security-app', path: '/security', height: 1000, first: steps(dialog('Set up an app'), (page) => page.getByRole('img', { name: /picture for the camera/ }).waitFor()) },
  { name: 'security-passkey', path: '/security', height: 1000, first: steps(withPasskeys, dialog('Add a passkey')) },
  { name: 'security-on', path: '/security', as: WITH_FACTORS.name, height: 1000, first: steps(withPasskeys, sees('phone')) },
  { name: 'security-remove-app', path: '/security', as: WITH_FACTORS.name, first: dialog('Remove the app') },
  { name: 'security-remove-passkey', path: '/security', as: WITH_FACTORS.name, first: steps(withPasskeys, dialog('Remove passkey phone')) },
  { name: 'security-new-codes', path: '/security', as: WITH_FACTORS.name, first: dialog('Make new ones') },
  {
    name: 'security-codes',
    path: '/security',
    as: WITH_FACTORS.name,
    height: 900,
    first: steps(
      (page) =>
        page.route('**/v1/factors/recovery-codes', (route) =>
          route.fulfill({ json: { codes: Array.from({ length: 10 }, (_, n) => `a${n}b${n}-c${n}d${n}-e${n}f${n}`) } }),
        ),
      dialog('Make new ones'),
      (page) => page.getByRole('dialog').getByLabel('Code').fill('123456'),
      (page) => page.getByRole('dialog').getByRole('button').last().click(),
      (page) => page.getByRole('list', { name: 'Recovery codes' }).waitFor(),
    ),
  },
  { name: 'device', path: '/device' },
  { name: 'device-decide', path: '/device', height: 900, first: program },
  { name: 'device-confirmed', path: '/device', first: steps(program, click('Confirm'), sees('The program is let in')) },
  { name: 'device-none', path: '/device?code=BBBB-BBBB', first: sees('no program waits behind this code') },
  { name: 'user-keys', path: '/device', height: 1200, first: keys },
  { name: 'user-keys-remove', path: '/device', height: 1000, first: steps(keys, dialog('Remove key runner')) },
  { name: 'user-factors', path: `/manage/user/${WITH_FACTORS.name}`, height: 1200, first: sees('Authenticator app since') },
  { name: 'user-factors-reset', path: `/manage/user/${WITH_FACTORS.name}`, first: dialog('Reset') },
];
