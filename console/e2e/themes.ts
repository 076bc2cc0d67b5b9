/** The same tests in both themes, over one gateway with real sessions. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { endings, furnish } from './scene.ts';
import { Shell } from './shell.ts';

export type Theme = 'dark' | 'light';

/** What a test has at hand: an administrator's browser, and the means to open shells. */
export class Place {
  gateway!: Gateway;
  browser!: Browser;
  visitor!: Visitor;
  private readonly shells: Shell[] = [];

  constructor(readonly theme: Theme) {}

  get page(): Page {
    return this.visitor.page;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  // The list of sessions.

  grid(): Locator {
    return this.page.getByRole('grid', { name: 'Sessions' });
  }

  rows(text: string | RegExp): Locator {
    return this.grid().getByRole('row').filter({ hasText: text });
  }

  async headers(): Promise<string[]> {
    return (await this.page.getByRole('columnheader').allInnerTexts()).map((one) => one.trim());
  }

  /** The cell of a column in the first row that has a text. */
  async cell(column: string, text: string | RegExp): Promise<Locator> {
    return this.rows(text).first().getByRole('gridcell').nth((await this.headers()).indexOf(column));
  }

  async open(search = ''): Promise<void> {
    await this.page.goto(`${this.gateway.url}/sessions${search}`);
    await this.page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor();
    await this.page.getByText('Loading sessions').waitFor({ state: 'detached' });
  }

  // One session.

  tab(name: string): Locator {
    return this.page.getByRole('tab', { name });
  }

  panel(): Locator {
    return this.page.getByRole('tabpanel');
  }

  state(): Locator {
    return this.page.getByRole('status', { name: 'State' });
  }

  metric(name: string): Locator {
    const term = this.page.locator('dt', { hasText: new RegExp(`^${name}$`) });
    return this.page.locator('dl').first().locator('div', { has: term }).locator('dd');
  }

  async menu(entry: string): Promise<void> {
    await this.button('More').click();
    await this.page.getByRole('menuitem', { name: entry, exact: true }).click();
  }

  /** A shell that is open and recorded. */
  async shell(options: Parameters<typeof Shell.open>[2] = {}): Promise<Shell> {
    const made = Shell.open(this.gateway, [], options);
    this.shells.push(made);
    await made.shows('being recorded');
    return made;
  }

  async leave(): Promise<void> {
    for (const one of this.shells) one.close();
    expect(this.visitor.complaints).toEqual([]);
    await this.visitor.context.close();
  }
}

/** Runs tests in dark and in light; `prepare` makes more than the usual sessions; `settings` are the gateway's. */
export function inBothThemes(name: string, tests: (at: Place) => void, prepare?: (gateway: Gateway) => Promise<void>, settings: Record<string, string> = {}): void {
  let gateway: Gateway;
  let browser: Browser;
  beforeAll(async () => {
    gateway = await Gateway.start(settings);
    browser = await openBrowser();
    await furnish(gateway);
    await endings(gateway);
    await prepare?.(gateway);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
  });
  describe.each(['dark', 'light'] as const)(`${name} in %s`, (theme) => {
    const at = new Place(theme);
    beforeAll(async () => {
      at.gateway = gateway;
      at.browser = browser;
      at.visitor = await visit(browser, { theme });
      await signIn(at.page, gateway, 'admin');
    });
    afterAll(() => at.leave());
    tests(at);
  });
}
