/** Letting the command line in from the console, and keys of service accounts. */
import { describe, expect, it } from 'vitest';
import { accessible, fits, settled, visit } from './browser.ts';
import { served, typePassword } from './served.ts';

const at = served();

interface Codes {
  device_code: string;
  user_code: string;
  verification_uri_complete: string;
}

/** Asks the API as a program that nobody has signed in yet. */
async function ask(path: string, body: unknown): Promise<[number, unknown]> {
  const response = await fetch(`${at.gateway.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

describe.each([
  ['dark', 1280],
  ['light', 390],
] as const)('in %s at %d px', (theme, width) => {
  it('a program is let in after the sign-in, and another is refused', async () => {
    const { page, context, complaints } = await visit(at.browser, { theme, width });
    const begin = async () => (await ask('/v1/login/device', { client: 'doorward on laptop' }))[1] as Codes;
    const codes = await begin();
    await page.goto(codes.verification_uri_complete);
    await typePassword(page, 'admin');
    await settled(page, 'Let a program in');
    await page.getByRole('heading', { name: 'doorward on laptop' }).waitFor();
    await page.getByText('127.0.0.1').waitFor();
    await accessible(page, 'deciding about a program');
    await fits(page);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('status').getByText('The program is let in').waitFor();
    await accessible(page, 'a program that was let in');
    const [status, told] = await ask('/v1/login/device/token', { device_code: codes.device_code });
    expect([status, (told as { user: string }).user]).toEqual([200, 'admin']);

    const other = await begin();
    await page.goto(`${at.gateway.url}/device`);
    await page.getByLabel('Code').fill(other.user_code.toLowerCase().replace('-', ' '));
    await accessible(page, 'asking for the code of a program');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('The program was refused').waitFor();
    expect((await ask('/v1/login/device/token', { device_code: other.device_code }))[1]).toMatchObject({ code: 'access_denied' });

    await page.goto(`${at.gateway.url}/device?code=BBBB-BBBB`);
    await page.getByRole('alert').getByText('no program waits behind this code').waitFor();
    await accessible(page, 'a code that is none');
    expect(complaints.filter((one) => !one.includes('404'))).toEqual([]);
    await context.close();
  });
});

it('keys of a service account are made and removed on its page, which lists its sessions', async () => {
  await at.gateway.api('PUT', '/v1/objects/user/ci', { spec: { kind: 'service' } });
  const { page, context, complaints } = await visit(at.browser);
  await page.goto(`${at.gateway.url}/sign-in`);
  await typePassword(page, 'admin');
  await settled(page, 'Home');
  await page.goto(`${at.gateway.url}/manage/user/ci`);
  await settled(page, 'ci');
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('runner');
  await accessible(page, 'a new key');
  await dialog.getByRole('button', { name: 'Make key' }).click();
  await dialog.getByText('Copy it now').waitFor();
  const key = /dwk_\S+/.exec(await dialog.innerText())?.[0] ?? '';
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Remove key runner' }).waitFor();
  await accessible(page, 'keys of a service account');
  expect((await ask('/v1/login/service', { key }))[0]).toBe(200);
  await page.getByRole('button', { name: 'Remove key runner' }).click();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: 'Remove key runner' }).waitFor({ state: 'detached' });
  expect((await ask('/v1/login/service', { key }))[0]).toBe(401);
  await page.getByRole('tab', { name: 'Sessions' }).click();
  await accessible(page, 'sessions of a service account');
  expect(complaints).toEqual([]);
  await context.close();
});
