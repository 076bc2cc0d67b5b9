/** Every page and every state of it: whole, accessible, in both themes, on a telephone and on a wide screen, and with nothing from elsewhere. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, settled, signIn, visit, type Visitor } from './browser.ts';
import { documented } from './document.ts';
import { Gateway } from './gateway.ts';
import { furnish, LONG } from './furnish.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let session: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await furnish(gateway);
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
  const list = (await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] };
  session = list.sessions[0]?.session_id ?? '';
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** Address and heading. `{id}` is a session. */
const PAGES: [string, string | RegExp][] = [
  ['/', 'Home'],
  ['/sessions', 'Sessions'],
  ['/sessions?status=denied', 'Sessions'],
  ['/sessions/{id}', /demo-host/],
  ['/sessions/{id}/log', 'Event log'],
  ['/wall', 'Live wall'],
  ['/approvals', 'Approvals'],
  ['/approvals?show=decided', 'Approvals'],
  ['/approvals/no-such', /not found/i],
  ['/help/approvals', 'About approvals'],
  ['/policy', 'Try rules'],
  ['/policy?tab=draft', 'Try rules'],
  ['/connect', 'My connections'],
  ['/connect/demo-host', 'demo-host'],
  ['/connect/demo-web', 'demo-web'],
  ['/connect/no-such', /not found/i],
  ['/files', 'File activity'],
  ['/audit', 'Audit log'],
  ['/security', 'Signing in'],
  ['/tokens', 'API tokens'],
  ['/device', 'Let a program in'],
  ['/keyboard', 'Keyboard'],
  ['/gateways', 'Gateways'],
  ['/gateways/demo-gateway', 'demo-gateway'],
  ['/gateways/demo-gateway?tab=sessions', 'demo-gateway'],
  ['/gateways/no-such', /not found/i],
  ['/settings', 'Settings'],
  ['/manage/user', 'Users'],
  ['/manage/group', 'Groups'],
  ['/manage/resource', 'Resources'],
  ['/manage/resource?search=no-such', 'Resources'],
  ['/manage/account', 'Accounts'],
  ['/manage/secret', 'Secrets'],
  ['/manage/profile', 'Profiles'],
  ['/manage/access_rule', 'Access rules'],
  ['/manage/administrative_rule', 'Administrative rules'],
  ['/manage/retention', 'Retention'],
  ['/manage/user/demo', 'demo'],
  ['/manage/user/demo?tab=sessions', 'demo'],
  ['/manage/user/no-longer', 'no-longer'],
  ['/manage/group/everyone', 'everyone'],
  ['/manage/group/everyone?tab=yaml', 'everyone'],
  ['/manage/resource/demo-host', 'demo-host'],
  ['/manage/resource/demo-host?tab=sessions', 'demo-host'],
  ['/manage/resource/demo-host?tab=yaml', 'demo-host'],
  [`/manage/resource/${LONG}`, LONG],
  ['/manage/account/demo-account', 'demo-account'],
  ['/manage/account/demo-account?tab=sessions', 'demo-account'],
  ['/manage/secret/demo-key', 'demo-key'],
  ['/manage/profile/demo', 'demo'],
  ['/manage/profile/no-such', /not found/i],
  ['/manage/access_rule/demo', 'demo'],
  ['/manage/access_rule/demo?tab=sessions', 'demo'],
  ['/manage/administrative_rule/the-elder-watches', 'the-elder-watches'],
  ['/manage/retention/terminals-for-a-quarter', 'terminals-for-a-quarter'],
  ['/create/user', 'New user'],
  ['/create/group', 'New group'],
  ['/create/resource', 'New resource'],
  ['/create/secret', 'New secret'],
  ['/create/account', 'New account'],
  ['/create/profile', 'New profile'],
  ['/create/access_rule', 'New access rule'],
  ['/create/administrative_rule', 'New administrative rule'],
  ['/create/retention', 'New rule of retention'],
  ['/no/such/page', 'There is no such page'],
];

/** The same page as it is resized and as its theme changes: what does not hang on colours is checked once for each layout. */
const LOOKS = [
  [1280, 'dark', 'light'],
  [390, 'light', 'dark'],
  [2560, 'light'],
] as const;

describe('every page', () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser);
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it.each(PAGES)('%s is whole and accessible', async (path, heading) => {
    const { page } = visitor;
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${gateway.url}${path.replace('{id}', session)}`);
    await settled(page, heading);
    for (const [width, first, ...others] of LOOKS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: first });
      await settled(page, heading);
      await fits(page);
      await accessible(page, `${path} in ${first} at ${width} px`);
      for (const other of others) {
        await page.emulateMedia({ colorScheme: other });
        await accessible(page, `${path} in ${other} at ${width} px`, 'colours');
      }
    }
  });

  it('have asked for nothing that the document of the API does not describe', () => {
    const asked = [...visitor.asked];
    expect(asked.length).toBeGreaterThan(PAGES.length / 2);
    expect(asked.filter((one) => !documented(...(one.split(' ') as [string, string])))).toEqual([]);
    expect(documented('GET', '/v1/no-such-thing')).toBe(false);
    expect(documented('PATCH', '/v1/sessions')).toBe(false);
  });
});

describe.each([
  ['dark', 1280],
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

  it('what opens over a page is accessible', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/manage/group/everyone`);
    await settled(page, 'everyone');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await accessible(page, 'the palette');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await accessible(page, 'the keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'demo' }).waitFor();
    await accessible(page, 'what names an object');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByLabel('Description').fill('changed');
    await page.getByRole('tab', { name: 'YAML' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await accessible(page, 'what is not saved');
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await fits(page);
    await page.goto(`${gateway.url}/audit?kind=object.changed`);
    await settled(page, 'Audit log');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'What is shown here as CSV' }).waitFor();
    await accessible(page, 'the ways to take the audit log out');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The audit log is intact').first().waitFor();
    await accessible(page, 'what is said of the audit log');
    await page.goto(`${gateway.url}/audit`);
    await page.getByRole('row').nth(1).click();
    await page.getByRole('dialog').waitFor();
    await accessible(page, 'a line of the audit log');
    await page.goto(`${gateway.url}/tokens`);
    await settled(page, 'API tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('dialog').getByLabel('Name').waitFor();
    await accessible(page, 'the form of a token');
    await page.goto(`${gateway.url}/connect/demo-host`);
    await settled(page, 'demo-host');
    await page.getByRole('button', { name: /^Request access/ }).click();
    await page.getByRole('dialog').getByLabel('Reason').waitFor();
    await accessible(page, 'the form of a request');
    await fits(page);
  });
});
