/** The live wall, against the real gateway with real SSH sessions. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, openBrowser, signIn, visit } from './browser.ts';
import { Gateway } from './gateway.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
const shells: Shell[] = [];

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
});
afterAll(async () => {
  for (const shell of shells) shell.close();
  await browser?.close();
  await gateway?.stop();
});

const WAIT = { timeout: 30_000 };

async function open(words: string): Promise<Shell> {
  const shell = Shell.open(gateway);
  shells.push(shell);
  await shell.shows('being recorded', 60_000);
  shell.type(`echo ${words}\n`);
  await shell.shows(words);
  return shell;
}

const tiles = (page: Page) => page.getByRole('list', { name: 'Running sessions' }).getByRole('listitem');
const picture = (page: Page, at: number) => tiles(page).nth(at).locator('.ap-term-text').innerText();

describe('the live wall', () => {
  it('is empty at first, and tiles appear by themselves with the screen as it is', async () => {
    const { page, complaints, context } = await visit(browser);
    await signIn(page, gateway, 'admin');
    await page.getByRole('link', { name: 'Live wall' }).click();
    await page.getByText('Nobody is connected').waitFor();
    await accessible(page, 'the empty wall');
    await open('first-$((40+2))');
    await expect.poll(() => tiles(page).count(), WAIT).toBe(1);
    await expect.poll(() => picture(page, 0), WAIT).toContain('first-42');
    await expect.poll(() => tiles(page).first().innerText()).toMatch(/demo → demo@demo-host[\s\S]*active/);
    const second = await open('second-$((5+1))');
    await expect.poll(() => picture(page, 1), WAIT).toContain('second-6');
    second.type('echo later-$((1+1))\n');
    await expect.poll(() => picture(page, 1), WAIT).toContain('later-2');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it.each([
    ['dark', 1280],
    ['light', 1280],
    ['light', 390],
  ] as const)('is whole and accessible in %s at %d px', async (theme, width) => {
    const { page, complaints, context } = await visit(browser, { theme, width });
    await signIn(page, gateway, 'admin');
    await page.goto(`${gateway.url}/wall`);
    await expect.poll(() => picture(page, 0), WAIT).toContain('first-42');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await accessible(page, 'the wall');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is worked with the keyboard: jump, lock, unlock, terminate; an ended tile says so and leaves', async () => {
    const { page, context } = await visit(browser);
    await signIn(page, gateway, 'admin');
    await page.goto(`${gateway.url}/wall`);
    await expect.poll(() => tiles(page).count(), WAIT).toBe(2);
    await page.keyboard.press('2');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Lock');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Title').waitFor();
    await page.keyboard.type('On hold');
    await page.keyboard.press('Enter');
    await expect.poll(() => tiles(page).nth(1).innerText(), WAIT).toMatch(/locked/);
    await accessible(page, 'a locked tile');
    await page.keyboard.press('2');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(() => tiles(page).nth(1).innerText(), WAIT).toMatch(/active/);
    await tiles(page).nth(1).getByRole('button', { name: /^Terminate/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Reason').fill('Use the change window');
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
    await tiles(page).nth(1).getByText('Terminated by an administrator').waitFor();
    await accessible(page, 'a tile that has ended');
    await expect.poll(() => tiles(page).count(), WAIT).toBe(1);
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
    await context.close();
  });

  it('moves at most 16 of 20 at a time', async () => {
    await Promise.all(Array.from({ length: 21 - shells.length }, (_, n) => open(`tile-${n}`)));
    for (const shell of shells) shell.type('n=0; while sleep 0.5; do n=$((n+1)); echo "line $n of words that move along $RANDOM"; done\n');
    const { page, context } = await visit(browser);
    await page.setViewportSize({ width: 2560, height: 1440 });
    await signIn(page, gateway, 'admin');
    await page.goto(`${gateway.url}/wall`);
    await expect.poll(() => tiles(page).count(), WAIT).toBe(20);
    await expect.poll(() => page.locator('.ap-term-text').count(), WAIT).toBe(16);
    await page.getByText('4 in sight are paused').waitFor();
    await expect.poll(() => picture(page, 0), WAIT).toMatch(/line \d+/);
    const words = await picture(page, 0);
    await expect.poll(() => picture(page, 0), WAIT).not.toBe(words);
    await context.close();
  }, 180_000);
});
