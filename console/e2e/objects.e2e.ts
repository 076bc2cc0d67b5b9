/** Objects: made, changed, refused, removed; and what each page of one shows. */
import { execFileSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, copied, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { furnish } from './furnish.ts';
import { binary, Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await furnish(gateway);
  await Shell.open(gateway, ['true']).ended;
  visitor = await visit(browser);
  await signIn(visitor.page, gateway, 'admin');
});
afterAll(async () => {
  expect(visitor?.complaints).toEqual([]);
  await browser?.close();
  await gateway?.stop();
});

const row = (text: string) => visitor.page.getByRole('row').filter({ hasText: text });

describe('forms', () => {
  it('make, change and remove a group', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group`);
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('This is needed').waitFor();
    await page.getByLabel('Name').fill('early-shift');
    await page.getByLabel('Members').first().click();
    await page.getByRole('option', { name: 'demo', exact: true }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/manage\/group\/early-shift$/);
    // The address changes before the page does: what is typed in between is typed into the form that goes.
    await page.getByText('version 1').waitFor();
    await page.getByLabel('Description').fill('Those who watch in the morning');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('early-shift saved').waitFor();
    await page.getByText('version 2').waitFor();
    await page.getByRole('link', { name: 'Groups' }).last().click();
    await row('Those who watch in the morning').click();
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByText('Nothing names it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('early-shift removed').waitFor();
    await page.waitForURL(/\/manage\/group$/);
    await expect.poll(() => row('early-shift').count()).toBe(0);
  });

  it('do not write over what is there already', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/create/group`);
    await page.getByLabel('Name').fill('everyone');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('There is already a group of this name').first().waitFor();
    await expect.poll(() => page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
    const kept = (await gateway.api('GET', '/v1/objects/group/everyone')) as { spec: { members: string[] } };
    expect(kept.spec.members).toContain('demo');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
  });

  it('say what is wrong where it is wrong, before and after asking the server', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/create/user`);
    await page.getByLabel('Name', { exact: false }).first().fill('two words');
    await page.getByLabel('E-mail').fill('no-address');
    await page.getByLabel('SSH public keys').focus();
    await page.getByText('Letters, digits,').waitFor();
    await page.getByText('Write it like name@example.org').waitFor();
    await page.getByLabel('Name', { exact: false }).first().fill('someone');
    await page.getByLabel('E-mail').fill('someone@example.org');
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Not saved: New password').waitFor();
    const field = page.getByLabel('New password');
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
    await accessible(page, 'a refused form');
    await field.fill('long enough now');
    await expect.poll(() => page.getByText('Not saved: New password').count()).toBe(0);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/manage\/user\/someone$/);
  });

  it('say when and from where people may connect', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/create/profile`);
    await page.getByLabel('Name', { exact: false }).first().fill('office');
    await page.getByRole('button', { name: 'Add hours' }).click();
    const hours = page.getByRole('group', { name: 'Hours 1' });
    const networks = page.getByRole('combobox', { name: 'Networks' });
    await hours.getByLabel('By the clock of').click();
    await hours.getByLabel('By the clock of').fill('Europe/Ber');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    await hours.getByLabel('From').fill('8 o’clock');
    await networks.fill('the office');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Write it like 08:00').waitFor();
    await page.getByText('is no network such as').waitFor();
    await accessible(page, 'a form with hours and networks');
    await hours.getByLabel('From').fill('07:30');
    await networks.press('Backspace');
    await networks.fill('192.0.2.0/24');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/manage\/profile\/office$/);
    const kept = (await gateway.api('GET', '/v1/objects/profile/office')) as { spec: Record<string, unknown> };
    expect(kept.spec).toMatchObject({ hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '07:30', to: '18:00', zone: 'Europe/Berlin' }], networks: ['192.0.2.0/24'] });
    // What only the server knows is shown at the field.
    await page.getByText('version 1').waitFor();
    await networks.fill('192.0.2.0/33');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Not saved: Networks').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
  });

  it('show a protocol’s own refusal at its option', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/resource/web-02`);
    await page.getByLabel(/host.keys/i).fill('no key at all');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Not saved:/).waitFor();
    await expect.poll(() => page.getByLabel(/host.keys/i).getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel(/host.keys/i).fill('');
  });

  it('say so when someone else was faster, show both, and let one choose', async () => {
    const { page } = visitor;
    const theirs = (description: string) => gateway.api('PUT', '/v1/objects/group/everyone', { spec: { members: ['admin', 'demo'], description } });
    const now = async () => ((await gateway.api('GET', '/v1/objects/group/everyone')) as { spec: { description: string } }).spec.description;
    await page.goto(`${gateway.url}/manage/group/everyone`);
    await page.getByLabel('Description').fill('mine');
    await theirs('theirs');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('someone else has changed this').waitFor();
    await page.getByRole('row').filter({ hasText: 'mine' }).filter({ hasText: 'theirs' }).waitFor();
    await accessible(page, 'a conflict');
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText('everyone saved').waitFor();
    expect(await now()).toBe('mine');
    await page.getByLabel('Description').fill('mine again');
    await theirs('theirs again');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Take theirs, drop mine' }).click();
    await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('theirs again');
    expect(await now()).toBe('theirs again');
  });

  it('ask before what is not saved is left', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group/everyone`);
    await page.getByLabel('Description').fill('never saved');
    await page.getByRole('tab', { name: 'YAML' }).click();
    await page.getByRole('button', { name: 'Stay' }).click();
    await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('never saved');
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.waitForURL(/\/manage\/user$/);
  });

  it('name what keeps an object from being removed', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/secret/reporting-password`);
    await page.getByRole('button', { name: 'Remove…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'reporting-read-only' }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await dialog.getByRole('link', { name: 'reporting-read-only' }).click();
    await page.waitForURL(/\/manage\/account\/reporting-read-only$/);
  });

  it('give a token once', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/tokens`);
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name').fill('for a script');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.getByText(/^dw_/).innerText();
    await accessible(page, 'a new token');
    const me = await fetch(`${gateway.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Remove token for a script' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Token removed').waitFor();
    expect((await fetch(`${gateway.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401);
  });
});

describe('the page of an object', () => {
  it.each([
    ['user', 'demo', 'newcomer'],
    ['account', 'demo-account', 'own-password'],
    ['resource', 'demo-host', 'web-01'],
    ['access_rule', 'demo', 'staging'],
  ])('of kind %s lists its sessions and no others', async (kind, has, hasNot) => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/${kind}/${has}`);
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await row('demo-host').first().waitFor();
    await page.getByRole('columnheader', { name: /User/ }).waitFor();
    await page.goto(`${gateway.url}/manage/${kind}/${hasNot}?tab=sessions`);
    await page.getByText('No sessions found').waitFor();
  });

  it('of a group lists the sessions of its members, also of a new one', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group/nobody-yet?tab=sessions`);
    await page.getByText('No sessions found').waitFor();
    await gateway.api('PUT', '/v1/objects/group/nobody-yet', { spec: { members: ['demo'] } });
    await page.getByRole('button', { name: /refresh/i }).first().click();
    await row('demo-host').first().waitFor();
  });

  it('of a gateway lists what it carried', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/gateways`);
    await row('demo-gateway').click();
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await row('demo-host').first().waitFor();
  });

  it('keeps its filter beside those of the reader', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/user/demo?tab=sessions`);
    await row('demo-host').first().waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.waitForURL(/tab=sessions&status=failed/);
    await page.getByText('No sessions found').waitFor();
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await row('demo-host').first().waitFor();
    expect(page.url()).toMatch(/\/manage\/user\/demo\?tab=sessions$/);
  });

  it('that is gone still lists its sessions', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/user/long-gone`);
    await page.getByText('There is no user of this name, or no longer').waitFor();
    await page.getByText('No sessions found').waitFor();
  });

  it('has the document that can be applied and changes nothing', async () => {
    const { page } = visitor;
    for (const path of ['resource/demo-host', 'access_rule/reporting-for-the-night-shift', 'profile/supervised', 'group/night-shift']) {
      await page.goto(`${gateway.url}/manage/${path}?tab=yaml`);
      const text = await copied(page, () => page.getByRole('button', { name: 'Copy document' }).click());
      const said = execFileSync(binary(), ['apply', '-f', '-', '--dry-run'], {
        input: text,
        env: { ...process.env, DOORWARD_ADDR: gateway.url, DOORWARD_TOKEN: gateway.user('admin').token },
      }).toString();
      expect(said, text).toMatch(/unchanged/);
    }
  });

  it('can be read by an auditor, who can change nothing', async () => {
    const { page, context, complaints } = await visit(browser, { theme: 'light' });
    await signIn(page, gateway, 'olga', 'looks-at-everything');
    await page.goto(`${gateway.url}/manage/profile/supervised`);
    await page.getByText('No byte is delivered before its record is on disk').waitFor();
    await page.getByText('weekends 22:00–06:00 Europe/Berlin; every day 00:00–24:00 UTC').waitFor();
    await page.getByText('127.0.0.0/8, 2001:db8::/32').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await accessible(page, 'an object, read-only');
    await page.goto(`${gateway.url}/manage/profile`);
    await page.getByRole('row').filter({ hasText: 'supervised' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^New/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

it('the settings say what has set them, and no password', async () => {
  const { page } = visitor;
  await page.goto(`${gateway.url}/settings`);
  await page.getByText('DOORWARD_NODE').waitFor();
  await page.getByText('demo-gateway', { exact: true }).last().waitFor();
  await page.getByText('DISABLE_SESSIONS_DOWNLOAD').waitFor();
  expect(await page.getByText('the program itself').count()).toBeGreaterThan(1);
  expect(await page.getByText('default', { exact: true }).count()).toBeGreaterThan(1);
});
