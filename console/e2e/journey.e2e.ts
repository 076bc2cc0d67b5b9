/** What a newcomer does first, with the demo's printed lines, in order, and with the keyboard alone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, screenText, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { newest, shows, tabTo, WAIT } from './portal.ts';

let gateway: Gateway;
let browser: Browser;
let user: Visitor;
let admin: Visitor;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  user = await visit(browser);
  admin = await visit(browser, { theme: 'light' });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const state = () => admin.page.getByRole('status', { name: 'State' });

/** Opens an address, and signs in by the form without touching the mouse: the first field has the focus. */
async function typeIn(page: Page, name: string, password = gateway.user(name).password, address = gateway.url): Promise<void> {
  await page.goto(address);
  await page.waitForURL(/\/sign-in/);
  await page.getByLabel('Name').and(page.locator(':focus')).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** Goes to a button, and presses it. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

/** Fills in the dialog that is open, where the focus is, and gives the order. */
async function answer(page: Page, label: string, words: string, order: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await tabTo(page, dialog.getByLabel(label));
  await page.keyboard.type(words);
  await tabTo(page, dialog.getByRole('button', { name: order, exact: true }));
  await page.keyboard.press('Enter');
}

describe('a newcomer with a keyboard', () => {
  let session: string;

  it('signs in and opens a terminal', async () => {
    const { page } = user;
    await typeIn(page, 'demo');
    await press(page, /^Terminal on demo-host/);
    await page.waitForURL(/\/connect\/demo-host\/terminal/);
    await shows(page, 'being recorded');
    await page.keyboard.type('echo first-$((40+2))\n');
    await shows(page, 'first-42');
    session = (await newest(gateway)).session_id;
  });

  it('uploads a file, and finds it in the terminal', async () => {
    const files = await user.context.newPage();
    files.setDefaultTimeout(15_000);
    await files.goto(gateway.url);
    await press(files, /^Files on demo-host/);
    await files.getByRole('row').filter({ hasText: 'README.txt' }).waitFor();
    const chosen = files.waitForEvent('filechooser');
    await press(files, /^Upload/);
    await (await chosen).setFiles({ name: 'journey.txt', mimeType: 'text/plain', buffer: Buffer.from('carried by keys\n') });
    await files.getByRole('row').filter({ hasText: 'journey.txt' }).waitFor();
    await files.close();
    await user.page.keyboard.type('cat journey.txt\n');
    await shows(user.page, 'carried by keys');
  });

  it('sees the session live in another browser', async () => {
    const { page } = admin;
    await typeIn(page, 'admin');
    await press(page, /^Sessions$/);
    const row = page.getByRole('row').filter({ hasText: 'demo-host' }).first();
    await row.waitFor();
    const rows = page.getByRole('grid');
    await tabTo(page, rows);
    await page.keyboard.press('Home');
    const at = async () => (await rows.getAttribute('aria-activedescendant')) ?? '';
    for (let n = 0; n < 10 && !(await at()).includes(session); n += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(session));
    await expect.poll(() => screenText(page), WAIT).toContain('carried by keys');
    await user.page.keyboard.type('echo live-$((6*7))\n');
    await expect.poll(() => screenText(page), WAIT).toContain('live-42');
  });

  it('locks it and unlocks it', async () => {
    await press(admin.page, 'Lock');
    await answer(admin.page, 'Message to the user', 'Please wait', 'Lock');
    await expect.poll(() => state().innerText(), WAIT).toBe('locked');
    await user.page.getByRole('note').filter({ hasText: 'Please wait' }).waitFor();
    await user.page.keyboard.type('echo lost-$((1+1))\n');
    await press(admin.page, 'Unlock');
    await answer(admin.page, 'Reason', 'Settled', 'Unlock');
    await expect.poll(() => state().innerText(), WAIT).toBe('active');
    await user.page.keyboard.type('echo again-$((3*3))\n');
    await shows(user.page, 'again-9');
    expect(await screenText(admin.page)).not.toContain('lost-2');
  });

  it('terminates it with a reason, which the user reads', async () => {
    await press(admin.page, 'Terminate');
    await answer(admin.page, 'Reason', 'Use the change window', 'Terminate');
    await expect.poll(() => state().innerText(), WAIT).toBe('terminated');
    await user.page.getByText('Use the change window').first().waitFor();
  });

  it('replays it from the moment of a command, and copies a link to it that works for whom it should', async () => {
    const { page } = admin;
    await press(page, /cat journey\.txt/);
    await expect.poll(() => screenText(page), WAIT).toContain('first-42');
    expect(await screenText(page)).not.toContain('live-42');
    await press(page, 'Copy the link to this moment');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), WAIT).toMatch(/\/replay\?t=\d+/);
    const link = await page.evaluate(() => navigator.clipboard.readText());
    for (const [name, spec] of [['auditor', { roles: ['auditor'] }], ['stranger', {}]] as const) {
      await gateway.api('PUT', `/v1/objects/user/${name}`, { spec: { ...spec, password: 'long enough for a test' } });
    }
    const auditor = await visit(browser);
    await typeIn(auditor.page, 'auditor', 'long enough for a test', link);
    await expect.poll(() => screenText(auditor.page), WAIT).toContain('first-42');
    await auditor.context.close();
    const stranger = await visit(browser);
    await typeIn(stranger.page, 'stranger', 'long enough for a test', link);
    await stranger.page.getByRole('alert').getByText(/not found/i).first().waitFor();
    await stranger.context.close();
  });

  it('was never refused anything by the content security policy', () => expect([...user.complaints, ...admin.complaints]).toEqual([]));
});
