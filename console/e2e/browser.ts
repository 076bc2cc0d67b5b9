import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { documented } from './document.ts';
import type { Gateway } from './gateway.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** What must not happen: errors of scripts, what the content security policy has refused, and requests to anywhere else or for what no
   * document describes. */
  complaints: string[];
  /** What the pages have asked the API for: method and path. */
  asked: Set<string>;
}

export async function visit(browser: Browser, options: { theme?: 'light' | 'dark'; width?: number } = {}): Promise<Visitor> {
  const { theme = 'dark', width = 1280 } = options;
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: theme });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  const asked = new Set<string>();
  const ask = (method: string, { pathname }: URL) => {
    if (!pathname.startsWith('/v1/') || asked.has(`${method} ${pathname}`)) return;
    asked.add(`${method} ${pathname}`);
    if (!documented(method, pathname)) complaints.push(`not in the document of the API: ${method} ${pathname}`);
  };
  let origin = '';
  page.on('websocket', (socket) => ask('GET', new URL(socket.url())));
  page.on('request', (request) => {
    const url = new URL(request.url());
    ask(request.method(), url);
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) origin = url.origin;
    else if (/^(?:https?|wss?):$/.test(url.protocol) && url.host !== new URL(origin).host) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  return { context, page, complaints, asked };
}

/** Signs in by the form, as a person does. */
export async function signIn(page: Page, gateway: Gateway, name: string, password = gateway.user(name).password): Promise<void> {
  if (!page.url().includes('/sign-in')) await page.goto(`${gateway.url}/sign-in`);
  await page.getByLabel('Name').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What fades in or moves has come to its rest: half-way through, colours are none that anybody reads. */
export async function still(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    // What was asked for begins with the frame after the next.
    for (let n = 0; n < 3; n += 1) await frame();
    const ends = (one: Animation) => Number.isFinite(one.effect?.getComputedTiming().endTime);
    await Promise.all(document.getAnimations().filter(ends).map((one) => one.finished.catch(() => undefined)));
  });
}

const RULES = {
  all: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  /** The rules that ask what colour something has. */
  colours: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
};

/** Nothing that axe knows may be wrong with the page as it stands. `colours`: it was looked at in the other theme just now. */
export async function accessible(page: Page, name: string, what: keyof typeof RULES = 'all'): Promise<void> {
  await still(page);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const findings = await page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as {
      axe: { run(context: unknown, options: unknown): Promise<{ violations: Finding[] }> };
    };
    // Only what is wrong is told apart by element: the rest is counted, which is quicker.
    const { violations } = await axe.run({ exclude: [['[data-portal]:has([role=tooltip])']] }, { runOnly, resultTypes: ['violations'] });
    return violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''} ${one.nodes[0]?.failureSummary ?? ''}`);
  }, RULES[what]);
  expect(findings, `axe on ${name}`).toEqual([]);
}

/** What comes to the clipboard by something that is done: a moment after it. */
export async function copied(page: Page, act: () => Promise<unknown>): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await act();
  let text = '';
  await expect.poll(async () => (text = await page.evaluate(() => navigator.clipboard.readText()))).not.toBe('');
  return text;
}

/** The text on the terminal of the player. */
export function screenText(page: Page): Promise<string> {
  return page.locator('.ap-term-text').innerText();
}

/** The page fits into the window: what is wider scrolls in itself. */
export async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

/** The page has its heading, and nothing on it is on its way. */
export async function settled(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, ...(typeof heading === 'string' ? { exact: true } : {}) }).waitFor();
  await page.getByText(/^Loading/).first().waitFor({ state: 'detached' });
}
