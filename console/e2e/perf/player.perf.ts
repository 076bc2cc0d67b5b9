/** How soon a recording of 50 MB, made through the gateway, opens, and how soon the player is elsewhere in it: `npm run perf`. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn, visit } from '../browser.ts';
import { Gateway } from '../gateway.ts';
import { until } from '../scene.ts';
import { Shell } from '../shell.ts';

const MEGABYTES = Number(process.env['MEGABYTES'] ?? 50);
const SLACK = Number(process.env['PERF_SLACK'] ?? 1);
const OPEN_MS = 200;
const SEEK_MS = 200;

/** Coloured lines with numbers, so that the screen says where it is. */
const PROGRAM = `BEGIN { srand(4); for (n = 1; bytes < ${MEGABYTES}000000; n++) {
  line = sprintf("\\033[2m%08d\\033[0m \\033[38;5;%dm%s\\033[0m \\033[1;%dm%s\\033[0m the quick brown fox jumps over the lazy dog and goes on its way", n, int(rand() * 256), "kernel", 31 + int(rand() * 6), "postgres");
  print line; bytes += length(line) + 1; if (n % 3000 == 0) system("") } }`;

let gateway: Gateway;
let browser: Browser;
let page: Page;
let id: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
  const program = join(tmpdir(), `doorward-print-${process.pid}.awk`);
  writeFileSync(program, PROGRAM);
  const shell = Shell.open(gateway);
  await shell.shows('being recorded');
  shell.forget = true;
  shell.type(`awk -f ${program}; exit\n`);
  await shell.ended;
  const row = await until(gateway, 'status=completed', (rows) => rows.find((one) => (one['recording'] as { state: string }).state === 'available'), 120_000);
  id = row.session_id;
  console.log(`recorded ${(Number(row['bytes_down']) / 1e6).toFixed(1)} MB`);
  page = (await visit(browser)).page;
  await signIn(page, gateway, 'admin');
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const screen = (): Promise<string> => page.locator('.ap-term-text').innerText();
/** The number of the last line on the screen. */
const line = async (): Promise<number> => Number((await screen()).match(/\d{8}(?= )/g)?.at(-1) ?? -1);

/** How long until the screen shows another place, counted in the page: no messages between it and the test are in it. */
function seek(share: number): Promise<number> {
  return page.evaluate(async (to) => {
    const strip = document.querySelector<HTMLInputElement>('input[type=range]');
    const text = document.querySelector('.ap-term-text');
    if (strip === null || text === null) throw new Error('no player');
    const before = text.textContent;
    const begun = performance.now();
    const changed = new Promise<number>((resolve) => {
      const watch = new MutationObserver(() => {
        if (text.textContent === before) return;
        watch.disconnect();
        resolve(performance.now() - begun);
      });
      watch.observe(text, { childList: true, subtree: true, characterData: true, attributes: true });
    });
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    set?.call(strip, String(Number(strip.max) * to));
    strip.dispatchEvent(new Event('input', { bubbles: true }));
    return changed;
  }, share);
}

it(`the server gives index and segments of ${MEGABYTES} MB at once`, async () => {
  const token = gateway.user('admin').token;
  const get = async (path: string) => {
    const begun = performance.now();
    const answer = await fetch(`${gateway.url}/v1/sessions/${id}/player${path}`, { headers: { Authorization: `Bearer ${token}` } });
    const size = (await answer.arrayBuffer()).byteLength;
    const ms = performance.now() - begun;
    console.log(`GET player${path}: ${ms.toFixed(0)} ms, ${(size / 1000).toFixed(0)} kB`);
    return ms;
  };
  await get('');
  const index = (await gateway.api('GET', `/v1/sessions/${id}/player/index.json?idle_ms=2000`)) as { segments: unknown[] };
  const times = [await get('/index.json?idle_ms=2000'), await get('/timemap?idle_ms=2000')];
  for (const share of [0, 0.99, 0.5, 0.75, 0.1]) times.push(await get(`/segments/${Math.floor(index.segments.length * share)}.json?idle_ms=2000`));
  expect(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(SEEK_MS * SLACK);
});

it('the player opens and seeks within 200 ms', async () => {
  // The code of the player is fetched once; what is measured is the recording.
  await page.goto(`${gateway.url}/sessions/${id}`);
  await expect.poll(line, { timeout: 30_000 }).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Back to the list' }).waitFor();
  await page.goto(`${gateway.url}/sessions?status=all`);
  await page.getByRole('row').filter({ hasText: 'demo-host' }).first().waitFor();
  const opened = await page.evaluate(async () => {
    const row = document.querySelector<HTMLElement>('[role=row][aria-rowindex="2"] [role=gridcell]:nth-child(6)');
    if (row === null) throw new Error('no row');
    const begun = performance.now();
    row.click();
    for (;;) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (/\d{8} /.test(document.querySelector('.ap-term-text')?.textContent ?? '')) return performance.now() - begun;
    }
  });
  console.log(`open: ${opened.toFixed(0)} ms from the click on the row to the picture`);
  const seeks: number[] = [];
  for (const share of [0.99, 0.5, 0.75, 0.1, 0.9, 0.3]) {
    const ms = await seek(share);
    await page.waitForTimeout(300);
    seeks.push(ms);
    console.log(`seek to ${share * 100} %: ${ms.toFixed(0)} ms, line ${await line()}`);
  }
  const middle = seeks.toSorted((a, b) => a - b)[Math.floor(seeks.length / 2)];
  console.log(`seek, median: ${middle?.toFixed(0)} ms`);
  expect(opened).toBeLessThan(OPEN_MS * SLACK);
  expect(middle).toBeLessThan(SEEK_MS * SLACK);
});
