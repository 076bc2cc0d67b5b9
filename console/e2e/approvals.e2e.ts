/** Reviews: somebody waits with ssh, somebody else decides in a browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, settled, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

const PASSWORD = 'reviews-what-others-ask';

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  const approval = { review: { tiers: [{ groups: ['leads'] }] } };
  const of = { names: ['demo-host'] };
  const documents = [
    { kind: 'user', name: 'rita', spec: { password: PASSWORD } },
    { kind: 'group', name: 'leads', spec: { members: ['rita'], description: 'Those who decide' } },
    { kind: 'profile', name: 'reviewed', spec: { approval } },
    { kind: 'access_rule', name: 'a-reviewed', spec: { users: ['demo'], resources: of, accounts: ['demo-account'], profile: 'reviewed' } },
  ];
  await gateway.api('POST', '/v1/apply', { documents });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe.each(['dark', 'light'] as const)('approvals, in %s', (theme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme });
    await signIn(visitor.page, gateway, 'rita', PASSWORD);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it('approves what waits: ssh goes on by itself, and the request is gone from the list', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/approvals`);
    await settled(page, 'Approvals');
    await page.getByText('Nothing waits for a decision').waitFor();
    const shell = Shell.open(gateway);
    await shell.shows('waiting for approval by group leads');
    // By itself, in the list and in the menu.
    const row = page.getByRole('grid', { name: 'Approvals' }).getByRole('row').filter({ hasText: 'demo-host' });
    await row.waitFor();
    await page.getByRole('link', { name: /Approvals\s*1/ }).waitFor();
    await accessible(page, `approvals in ${theme}`);
    await fits(page);
    await row.getByRole('button', { name: /^Approve/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Comment').fill('go on');
    await accessible(page, `the dialog of a decision in ${theme}`);
    await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
    await shell.shows('being recorded');
    await page.getByText('Nothing waits for a decision').waitFor();
    shell.close();
    await shell.ended;
    await page.getByText('Decided', { exact: true }).click();
    await page.getByRole('grid', { name: 'Approvals' }).getByText('rita: go on').first().waitFor();
  });

  it('denies by the link that ssh shows, with words that its user reads', async () => {
    const { page } = visitor;
    const shell = Shell.open(gateway);
    await shell.shows('/approvals/');
    const link = /https?:\/\/\S+\/approvals\/[0-9a-f-]+/.exec(shell.output)?.[0] ?? '';
    await page.goto(link);
    await settled(page, /demo on demo-host/);
    await page.getByText('group leads: 0 of 1, asked now').waitFor();
    await accessible(page, `a request in ${theme}`);
    await page.setViewportSize({ width: 390, height: 800 });
    await fits(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: /^Deny/ }).click();
    await page.getByRole('dialog').getByLabel('Comment').fill('not on this host');
    await page.getByRole('dialog').getByRole('button', { name: 'Deny', exact: true }).click();
    await shell.shows('a reviewer denied the request: not on this host');
    await page.getByText('denied', { exact: true }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
  });

  it('shows what waits in the list of sessions and on its page, and what nobody could decide as failed', async () => {
    const admin = await visit(browser, { theme });
    await signIn(admin.page, gateway, 'admin');
    const shell = Shell.open(gateway);
    await shell.shows('/approvals/');
    await admin.page.goto(`${gateway.url}/sessions`);
    await admin.page.getByRole('button', { name: 'Waiting', exact: true }).click();
    const row = admin.page.getByRole('grid', { name: 'Sessions' }).getByRole('row').filter({ hasText: 'demo-host' });
    await row.first().getByText('needs approval').click();
    await admin.page.getByRole('note').filter({ hasText: 'Waits for approval by group leads' }).waitFor();
    await accessible(admin.page, `a session that waits in ${theme}`);
    await admin.page.getByRole('note').getByRole('link', { name: 'The request' }).click();
    await settled(admin.page, /demo on demo-host/);
    shell.close();
    await shell.ended;
    await admin.page.getByText('withdrawn').first().waitFor();
    // A tier without anybody in it.
    await gateway.api('PUT', '/v1/objects/group/leads', { spec: { members: [] } });
    expect(await Shell.open(gateway).ended).not.toBe(0);
    await gateway.api('PUT', '/v1/objects/group/leads', { spec: { members: ['rita'], description: 'Those who decide' } });
    await admin.page.goto(`${gateway.url}/sessions?status=failed`);
    await row.first().getByText('failed').click();
    await admin.page.getByRole('note').filter({ hasText: 'Failed (approval)' }).waitFor();
    await accessible(admin.page, `a session that nobody could let in, in ${theme}`);
    expect(admin.complaints).toEqual([]);
    await admin.context.close();
  });

  it('asks for access ahead, shows who decides, and several requests are decided at once', async () => {
    const asker = await visit(browser, { theme });
    await signIn(asker.page, gateway, 'demo');
    for (const reason of ['disk full', 'disk still full']) {
      await asker.page.goto(`${gateway.url}/connect/demo-host`);
      await settled(asker.page, 'demo-host');
      await asker.page.getByRole('button', { name: /^Request access/ }).click();
      const dialog = asker.page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill(reason);
      if (reason === 'disk full') await accessible(asker.page, `asking for access in ${theme}`);
      await dialog.getByRole('button', { name: 'Request access', exact: true }).click();
      await asker.page.getByText('Waits for approval by group leads').waitFor();
      await asker.page.getByText(`: ${reason}`).first().waitFor();
    }
    const { page } = visitor;
    await page.goto(`${gateway.url}/approvals?show=mine`);
    const rows = page.getByRole('grid', { name: 'Approvals' }).getByRole('row').filter({ hasText: 'disk' });
    await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(2);
    for (const at of [0, 1]) await rows.nth(at).getByRole('checkbox').click();
    await page.getByRole('region', { name: 'Selected requests' }).getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve 2 requests' }).click();
    await page.getByText('2 requests approved').waitFor();
    // By itself, where it is waited for.
    await asker.page.getByRole('status', { name: 'State' }).getByText('available').waitFor();
    const used = Shell.open(gateway);
    await used.shows('being recorded');
    used.close();
    for (const { session_id: id } of ((await gateway.api('GET', '/v1/sessions?status=available,active')) as { sessions: { session_id: string }[] }).sessions) {
      await gateway.api('POST', `/v1/sessions/${id}:terminate`, {});
    }
    expect(asker.complaints).toEqual([]);
    await asker.context.close();
  });

  it('explains itself', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/approvals`);
    await page.getByRole('link', { name: 'Help' }).click();
    await settled(page, 'About approvals');
    await page.getByRole('heading', { name: 'Inside a session' }).waitFor();
    await accessible(page, `the help in ${theme}`);
  });
});
