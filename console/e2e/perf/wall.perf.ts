/** What twenty live sessions on the wall cost: `npm run perf`. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn, visit } from '../browser.ts';
import { Gateway } from '../gateway.ts';
import { Shell } from '../shell.ts';

const SLACK = Number(process.env['PERF_SLACK'] ?? 1);
const TILES = 20;
const SHARE_OF_A_CORE = 50;
const MEASURED_MS = 10_000;

let gateway: Gateway;
let browser: Browser;
const shells: Shell[] = [];

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  for (let n = 0; n < TILES; n += 1) {
    const shell = Shell.open(gateway);
    shells.push(shell);
    await shell.shows('being recorded', 60_000);
    shell.forget = true;
    shell.type('n=0; while sleep 0.1; do n=$((n+1)); echo "line $n of words that move along $RANDOM"; done\n');
  }
});
afterAll(async () => {
  for (const shell of shells) shell.close();
  await browser?.close();
  await gateway?.stop();
});

it(`${TILES} live sessions take less than half a core`, async () => {
  const { page, context } = await visit(browser);
  await page.setViewportSize({ width: 2560, height: 1440 });
  await signIn(page, gateway, 'admin');
  await page.goto(`${gateway.url}/wall`);
  const tiles = page.getByRole('list', { name: 'Running sessions' }).getByRole('listitem');
  const picture = () => tiles.first().locator('.ap-term-text').innerText();
  await expect.poll(() => tiles.count(), { timeout: 60_000 }).toBe(TILES);
  await expect.poll(picture, { timeout: 60_000 }).toMatch(/line \d+/);
  // Time on the processor, not on the clock: something else may run beside it.
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async (name: string) => (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === name)?.value ?? 0;
  const [tasks, scripts, words, began] = [await read('TaskDuration'), await read('ScriptDuration'), await picture(), performance.now()];
  await page.waitForTimeout(MEASURED_MS);
  const part = (seconds: number) => (100_000 * seconds) / (performance.now() - began);
  const share = part((await read('TaskDuration')) - tasks);
  expect(await picture()).not.toBe(words);
  console.log(`${TILES} live sessions: ${share.toFixed(1)} % of a core on the page's thread, of which scripts ${part((await read('ScriptDuration')) - scripts).toFixed(1)} %`);
  expect(share).toBeLessThan(SHARE_OF_A_CORE * SLACK);
  await context.close();
});
