/**
 * How the list of sessions behaves with 100 000 of them, in the real store of the real binary: `npm run perf`.
 *
 * Needs the example that fills a database: `cargo build -p store --example fill` (or its path in `DOORWARD_FILL`).
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn, visit, type Visitor } from '../browser.ts';
import { Gateway } from '../gateway.ts';
import { frames, quantile, trace } from './trace.ts';

const ROWS = Number(process.env['ROWS'] ?? 100_000);
/** What may be measured at most; `PERF_SLACK=3` on a machine that does other things as well. */
const SLACK = Number(process.env['PERF_SLACK'] ?? 1);
const FIRST_ROWS_MS = 1000;
const SCRIPT_MS_A_FRAME = 12;
const FIRST_VISIT_BYTES = 300_000;

let gateway: Gateway;
let browser: Browser;
let visitor: Visitor;

function filler(): string {
  const named = process.env['DOORWARD_FILL'];
  if (named !== undefined) return named;
  const target = process.env['CARGO_TARGET_DIR'] ?? join(import.meta.dirname, '../../../target');
  const built = ['release', 'demo', 'debug'].map((profile) => join(target, profile, 'examples/fill')).find((path) => existsSync(path));
  if (built === undefined) throw new Error('run `cargo build -p store --example fill` first, or name it in DOORWARD_FILL');
  return built;
}

beforeAll(async () => {
  gateway = await Gateway.start();
  await gateway.restart((data) => console.log(execFileSync(filler(), [`sqlite://${join(data, 'meta.db')}`, String(ROWS)]).toString().trim()));
  browser = await openBrowser();
  visitor = await visit(browser);
  await signIn(visitor.page, gateway, 'admin');
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

it(`a first visit to ${ROWS} sessions weighs little`, async () => {
  const { page, context } = await visit(browser);
  await context.addCookies(await visitor.context.cookies());
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  const urls = new Map<string, string>();
  const parts: [number, string][] = [];
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, new URL(request.url).pathname));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes += encodedDataLength;
    parts.push([encodedDataLength, urls.get(requestId) ?? '']);
  });
  await page.goto(`${gateway.url}/sessions`);
  await page.getByRole('grid').getByRole('row').nth(10).waitFor();
  await page.waitForTimeout(1500);
  console.log(`first visit: ${(bytes / 1000).toFixed(0)} kB on the wire in ${parts.length} requests`);
  for (const [size, path] of parts.toSorted((a, b) => b[0] - a[0]).slice(0, 8)) console.log(`  ${(size / 1000).toFixed(1).padStart(6)} kB ${path}`);
  expect(bytes).toBeLessThan(FIRST_VISIT_BYTES);
  await context.close();
});

it('the first rows are there soon', async () => {
  const { page } = visitor;
  const times: number[] = [];
  for (const search of ['', '?status=failed', '?sort=duration:desc', '?search=host-00042', '?type=ssh&user=user-0007', '?last=all&sort=user:asc']) {
    await page.goto('about:blank');
    await page.goto(`${gateway.url}/sessions${search}`, { waitUntil: 'commit' });
    await page.getByRole('grid').getByRole('row').nth(1).waitFor();
    const ms = await page.evaluate(() => performance.now());
    times.push(ms);
    console.log(`first rows of /sessions${search}: ${ms.toFixed(0)} ms`);
  }
  expect(Math.min(...times)).toBeLessThan(FIRST_ROWS_MS * SLACK);
  expect(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(FIRST_ROWS_MS * SLACK);
});

it('scrolling leaves the frame to the browser', async () => {
  const { page } = visitor;
  await page.goto(`${gateway.url}/sessions`);
  await page.getByRole('grid').getByRole('row').nth(10).waitFor();
  // Some pages are read first, so that what is measured is drawing.
  const grid = page.getByRole('grid');
  const rows = () => grid.evaluate((element) => element.scrollHeight / 31);
  while ((await rows()) < 900) {
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(100);
  }
  await grid.evaluate((element) => element.scrollTo(0, 0));
  await page.waitForTimeout(500);
  const events = await trace(page, () =>
    grid.evaluate(
      (element) =>
        new Promise<void>((resolve) => {
          let n = 0;
          const step = () => {
            element.scrollBy(0, 62);
            n += 1;
            if (n < 240) requestAnimationFrame(step);
            else resolve();
          };
          requestAnimationFrame(step);
        }),
    ),
  );
  const { scripts, worst } = frames(events);
  const [p50, p99, most] = [quantile(scripts, 0.5), quantile(scripts, 0.99), Math.max(...scripts)];
  console.log(`scrolling: scripts of ${scripts.length} frames: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, longest ${most.toFixed(2)} ms (${worst})`);
  console.log(`rows drawn: ${await grid.getByRole('row').count()}; heap ${await page.evaluate(() => Math.round((performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6))} MB`);
  expect(scripts.length).toBeGreaterThan(200);
  expect(p50).toBeLessThan(SCRIPT_MS_A_FRAME * SLACK);
  expect(p99).toBeLessThan(SCRIPT_MS_A_FRAME * SLACK);
});
