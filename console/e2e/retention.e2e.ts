/** Recordings that are no longer kept, and those that are held: what pages say of them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { until } from './scene.ts';
import { Shell } from './shell.ts';

let gateway: Gateway;
let browser: Browser;
let gone: string;
let held: string;

async function ended(marker: string): Promise<string> {
  const before = (await gateway.api('GET', '/v1/sessions?status=all&limit=1')) as { sessions: { session_id: string }[] };
  await Shell.open(gateway, [`echo ${marker}; exit`]).ended;
  const row = await until(gateway, 'status=completed&limit=1', ([first]) => {
    const recording = first?.['recording'] as { state: string } | undefined;
    return recording?.state === 'available' && first?.session_id !== before.sessions[0]?.session_id ? first : undefined;
  });
  return row.session_id;
}

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  gone = await ended('one');
  held = await ended('two');
  const visitor = await visit(browser, { theme: 'dark' });
  const { page } = visitor;
  await signIn(page, gateway, 'admin');
  await page.goto(`${gateway.url}/sessions/${held}`);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Hold the recording…' }).click();
  await page.getByLabel('Reason').fill('case 17');
  await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click();
  await page.getByText('Session held').waitFor();
  await visitor.context.close();
  // The shortest there is: what has ended is over it when the gateway comes back and looks for the first time.
  await gateway.api('PUT', '/v1/objects/retention/a-second', { spec: { keep_secs: 1, types: ['ssh'], resources: { names: ['*'], labels: {} } } });
  await gateway.restart(() => {});
  await until(gateway, `status=completed`, (rows) => rows.find((row) => (row['recording'] as { state: string }).state === 'expired'));
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe.each(['dark', 'light'] as const)('retention, in %s', (theme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme });
    await signIn(visitor.page, gateway, 'admin');
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it('says that a recording is no longer kept, since when and by which rule, and leads to the rule', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions/${gone}`);
    await page.getByText('The recording is no longer kept').waitFor();
    await page.getByText(/which keeps it for 1s/).waitFor();
    // What was done stays.
    await page.getByText('echo one').first().waitFor();
    await accessible(page, `a removed recording in ${theme}`);
    await fits(page);
    await page.getByRole('link', { name: 'a-second' }).click();
    await page.getByRole('heading', { name: 'a-second' }).waitFor();
  });

  it('says so to its owner as well, without a way that is not theirs', async () => {
    const own = await visit(browser, { theme });
    await signIn(own.page, gateway, 'demo');
    await own.page.goto(`${gateway.url}/sessions/${gone}`);
    await own.page.getByText('The recording is no longer kept').waitFor();
    await own.page.getByText(/by the rule of retention a-second/).waitFor();
    await expect.poll(() => own.page.getByRole('link', { name: 'a-second' }).count()).toBe(0);
    expect(own.complaints).toEqual([]);
    await own.context.close();
  });

  it('keeps what is held, and plays it', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/sessions/${held}`);
    await page.getByRole('button', { name: 'Play' }).first().waitFor();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Release the recording…' }).waitFor();
    await page.keyboard.press('Escape');
  });
});
