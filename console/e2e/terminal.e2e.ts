/** A terminal of a resource in the browser, against the real gateway and its demo host. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { newest, order, shown, shows, tabTo, WAIT } from './portal.ts';

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  await gateway.api('POST', '/v1/apply', {
    documents: [
      { kind: 'account', name: 'own-password', spec: { login: 'someone', resources: { names: ['demo-host'] } } },
      { kind: 'access_rule', name: 'with-own-password', spec: { users: ['demo'], resources: { names: ['demo-host'] }, accounts: ['own-password'] } },
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const state = (page: Page) => page.getByRole('status', { name: 'State' });

describe.each(['dark', 'light'] as const)('in %s, with the keyboard alone, a terminal', (theme) => {
  let visitor: Visitor;
  let first: string;
  beforeAll(async () => {
    visitor = await visit(browser, { theme });
    await signIn(visitor.page, gateway, 'demo');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it('opens from the list of connections and is a session of its own kind', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/connect`);
    await tabTo(page, /^Terminal on demo-host/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/connect\/demo-host\/terminal/);
    await shows(page, 'being recorded');
    await page.keyboard.type('echo web-$((6*7))\n');
    await shows(page, 'web-42');
    const session = await newest(gateway);
    expect(session).toMatchObject({ client_interface: 'web_cli', state: 'active' });
    first = session.session_id;
    await expect.poll(() => page.getByRole('complementary').innerText(), WAIT).toContain(first.slice(0, 13));
    await accessible(page, 'a terminal');
  });

  it('has the Tab key, and lets go of the focus', async () => {
    const { page } = visitor;
    await page.keyboard.type('cat READ\t');
    await shows(page, 'cat README.txt');
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Control+Shift+Escape');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Back to my connections');
    await tabTo(page, 'Larger letters');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('status', { name: 'Size of letters in pixels' }).getByText(/^1[68]$/).waitFor();
    await page.locator('.xterm-helper-textarea').focus();
  });

  it('follows the size of the window', async () => {
    const { page } = visitor;
    await page.setViewportSize({ width: 900, height: 500 });
    await page.locator('.xterm-helper-textarea').focus();
    await expect.poll(async () => {
      await page.keyboard.type('clear; stty size\n');
      const size = /(\d+) (\d+)/.exec(await shown(page));
      const drawn = await page.locator('.xterm-rows > div').count();
      return size !== null && Number(size[1]) === drawn;
    }, WAIT).toBe(true);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('finds words, and pastes and copies', async () => {
    const { page } = visitor;
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('clear; echo nee""dle\n');
    await shows(page, /^needle/m);
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('needle');
    await accessible(page, 'the search in a terminal');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+C');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), WAIT).toBe('needle');
    await page.evaluate(() => navigator.clipboard.writeText('echo pasted-$((1+1))'));
    await page.keyboard.press('Control+Shift+V');
    await page.keyboard.press('Enter');
    await shows(page, 'pasted-2');
  });

  it('tells of a lock as it comes, and goes on after it without what was typed', async () => {
    const { page } = visitor;
    await order(gateway, first, 'lock', { title: 'On hold', message: 'Please call the service desk' });
    await page.getByRole('note').filter({ hasText: 'Locked by admin' }).filter({ hasText: 'Please call the service desk' }).waitFor();
    await expect.poll(() => state(page).innerText(), WAIT).toBe('locked');
    await accessible(page, 'a locked terminal');
    await page.keyboard.type('echo lost-$((1+1))\n');
    await order(gateway, first, 'unlock', { reason: 'settled' });
    await expect.poll(() => page.getByRole('note').filter({ hasText: 'Locked by' }).count(), WAIT).toBe(0);
    await page.keyboard.type('echo again-$((3*3))\n');
    await shows(page, 'again-9');
    expect(await shown(page)).not.toContain('lost-2');
  });

  it('ends with the exit status, links to the record, and begins anew as another session', async () => {
    const { page } = visitor;
    await page.keyboard.type('exit 3\n');
    await page.getByRole('alert').getByText('Exit status 3').waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Open the record' }).getAttribute('href')).toBe(`/sessions/${first}`);
    await accessible(page, 'a terminal that has ended');
    await page.keyboard.press('Enter');
    await shows(page, 'being recorded');
    const second = await newest(gateway);
    expect(second.session_id).not.toBe(first);
    await order(gateway, second.session_id, 'terminate', { reason: 'Use the change window' });
    await page.getByRole('alert').getByText('Terminated by an administrator').waitFor();
    await page.getByRole('alert').getByText(/Use the change window/).waitFor();
  });

  it('asks for a password in a hidden field where the gateway has none', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/connect/demo-host/terminal?account=own-password`);
    const field = page.getByRole('form', { name: 'The resource asks' }).locator('input');
    await field.waitFor();
    await expect.poll(() => field.getAttribute('type')).toBe('password');
    await accessible(page, 'a question of the resource');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').or(page.getByRole('form', { name: 'The resource asks' })).first().waitFor();
  });

  it('is refused in words where there is nothing to reach', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/connect/no-such-host/terminal`);
    await page.getByRole('alert').getByText(/no such resource/).waitFor();
    await accessible(page, 'a terminal that cannot be opened');
  });
});
