/** A session from its beginning to its replay, seen from the console. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, copied, openBrowser, screenText, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let admin: Visitor;
let shell: Shell;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  admin = await visit(browser);
});
afterAll(async () => {
  shell?.close();
  await browser?.close();
  await gateway?.stop();
});

const row = (state: string) => admin.page.getByRole('row').filter({ hasText: state });
const state = () => admin.page.getByRole('status', { name: 'State' });

describe('an administrator', () => {
  it('is told when the password is wrong', async () => {
    await admin.page.goto(gateway.url);
    await admin.page.waitForURL(/\/sign-in/);
    await admin.page.getByRole('button', { name: 'Sign in' }).waitFor();
    await accessible(admin.page, 'sign-in');
    await admin.page.getByLabel('Name').fill('admin');
    await admin.page.locator('input[name=password]').fill('wrong');
    await admin.page.getByRole('button', { name: 'Sign in' }).click();
    await admin.page.getByText('The name or the password is wrong').waitFor();
  });

  it('signs in and finds no sessions yet', async () => {
    await signIn(admin.page, gateway, 'admin');
    await admin.page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await admin.page.waitForURL(/\/sessions$/);
    await admin.page.getByText('No sessions found').waitFor();
    await accessible(admin.page, 'the empty list');
  });

  it('sees a session appear by itself', async () => {
    shell = Shell.open(gateway);
    await shell.shows('being recorded');
    await row('active').waitFor();
    await expect.poll(() => row('active').innerText()).toContain('demo-host');
    await accessible(admin.page, 'the list');
  });

  it('watches it live', async () => {
    shell.type('echo seen-$((6*7))\n');
    await shell.shows('seen-42');
    await row('active').click();
    await admin.page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
    await expect.poll(() => screenText(admin.page), { timeout: 10_000 }).toContain('seen-42');
    shell.type('echo later-$((2+3))\n');
    await expect.poll(() => screenText(admin.page), { timeout: 5000 }).toContain('later-5');
    await accessible(admin.page, 'the live session');
  });

  it('locks it: what is typed does not arrive, and the user is told', async () => {
    await admin.page.getByRole('button', { name: 'Lock' }).click();
    await accessible(admin.page, 'the lock dialog');
    await admin.page.getByLabel('Title').fill('On hold');
    await admin.page.getByLabel('Message to the user').fill('Please call the service desk');
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Lock' }).click();
    await expect.poll(() => state().innerText()).toBe('locked');
    await shell.shows('Please call the service desk');
    shell.type('touch must-not-$((1+1))\n');
    await admin.page.getByRole('note').filter({ hasText: 'Locked by admin' }).waitFor();
  });

  it('unlocks it: the session goes on, what was typed meanwhile is gone', async () => {
    await admin.page.getByRole('button', { name: 'Unlock' }).click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(() => state().innerText()).toBe('active');
    shell.type('ls must-not-2; echo again-$((3*3))\n');
    await shell.shows('again-9');
    expect(shell.output).toMatch(/must-not-2.*No such file|cannot access/s);
  });

  it('extends it', async () => {
    await admin.page.getByRole('button', { name: 'More' }).click();
    await admin.page.getByRole('menuitem', { name: 'Extend…' }).click();
    await admin.page.getByLabel('Minutes').fill('45');
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
    await admin.page.getByText('Session extended').waitFor();
  });

  it('terminates it with a reason: the client is cut within a second', async () => {
    await admin.page.getByRole('button', { name: 'Terminate' }).click();
    await admin.page.getByLabel('Reason').fill('Use the change window');
    const asked = Date.now();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
    await shell.ended;
    expect(Date.now() - asked).toBeLessThan(1500);
    await expect.poll(() => state().innerText()).toBe('terminated');
    await admin.page.getByText('Use the change window').first().waitFor();
  });

  it('replays it from the moment of a command', async () => {
    const command = admin.page.getByRole('button', { name: /later-/ });
    await command.click();
    await expect.poll(() => command.getAttribute('aria-current')).toBe('true');
    await expect.poll(() => screenText(admin.page), { timeout: 10_000 }).toContain('seen-42');
    expect(await screenText(admin.page)).not.toContain('again-9');
    await admin.page.getByRole('button', { name: 'Play (space)' }).click();
    await expect.poll(() => screenText(admin.page), { timeout: 15_000 }).toContain('later-5');
    await admin.page.getByRole('button', { name: 'Pause (space)' }).click();
    await accessible(admin.page, 'the replay');
  });

  it('finds each part of the story in its tab', async () => {
    for (const [tab, words] of [
      ['Timeline', 'Terminated'],
      ['Information', 'Session ID'],
      ['Event log', 'session locked'],
      ['Files', 'No files were touched'],
    ] as const) {
      await admin.page.getByRole('tab', { name: tab }).click();
      await admin.page.getByRole('tabpanel').getByText(words).first().waitFor();
      await accessible(admin.page, `the tab ${tab}`);
    }
  });

  it('copies a link to the moment that works for an auditor and not for a stranger', async () => {
    const link = await copied(admin.page, () => admin.page.getByRole('button', { name: 'Copy the link to this moment' }).click());
    expect(link).toMatch(/\/sessions\/[0-9a-f-]{36}\/replay\?t=\d+/);
    await gateway.api('PUT', '/v1/objects/user/auditor', { spec: { roles: ['auditor'], password: 'long enough for a test' } });
    await gateway.api('PUT', '/v1/objects/user/stranger', { spec: { password: 'long enough for a test' } });

    const auditor = await visit(browser);
    await auditor.page.goto(link);
    await auditor.page.waitForURL(/\/sign-in/);
    await signIn(auditor.page, gateway, 'auditor', 'long enough for a test');
    await auditor.page.waitForURL(/\/replay\?t=/);
    await expect.poll(() => screenText(auditor.page), { timeout: 15_000 }).toContain('seen-42');
    await auditor.context.close();

    const stranger = await visit(browser);
    await stranger.page.goto(link);
    await stranger.page.waitForURL(/\/sign-in/);
    await signIn(stranger.page, gateway, 'stranger', 'long enough for a test');
    await stranger.page.getByRole('alert').getByText(/not found/i).first().waitFor();
    await accessible(stranger.page, 'a session that one may not see');
    await stranger.context.close();
  });

  it('comes back to the list as it was left, with the session ended', async () => {
    await admin.page.goto(`${gateway.url}/sessions?status=terminated`);
    await row('terminated').click();
    await admin.page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
    await admin.page.getByRole('button', { name: 'Back to the list' }).click();
    await admin.page.waitForURL(/status=terminated/);
    await row('terminated').waitFor();
  });

  it('was never refused anything by the content security policy', () => expect(admin.complaints).toEqual([]));
});

describe('the owner', () => {
  it('sees the session, plays it, and cannot stop others', async () => {
    const owner = await visit(browser, { theme: 'light' });
    await signIn(owner.page, gateway, 'demo');
    await owner.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await owner.page.getByText(/^ssh .*demo-host/).waitFor();
    await accessible(owner.page, 'home');
    await owner.page.getByRole('link', { name: 'My sessions', exact: true }).click();
    await owner.page.getByRole('row').filter({ hasText: 'terminated' }).click();
    await expect.poll(() => screenText(owner.page), { timeout: 15_000 }).toContain('Welcome');
    await expect.poll(() => owner.page.getByRole('button', { name: 'Terminate', exact: true }).count()).toBe(0);
    await owner.context.close();
  });
});
