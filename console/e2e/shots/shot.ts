/** What a picture is taken of. */
import type { Page } from 'playwright-core';
import type { Gateway } from '../gateway.ts';

export interface Shot {
  name: string;
  /** Words in braces are of the cast: `{live}`. */
  path: string;
  /** What is done on the page before the picture. */
  first?(page: Page, gateway: Gateway): Promise<unknown>;
  /** Who looks; the administrator unless said, and nobody who has signed in for `nobody`. */
  as?: string;
  /** The height of the window, for pages that are longer than one. */
  height?: number;
}

/** The sessions and requests that pictures are taken of, by the words that stand for them. */
export type Cast = Record<string, string>;

export const key = (name: string) => (page: Page) => page.keyboard.press(name);
export const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name, exact: typeof name === 'string' }).first().click();

export const dialog = (name: string | RegExp) => steps(click(name), (page) => page.getByRole('dialog').waitFor());
export const fill = (label: string, words: string) => (page: Page) => page.getByLabel(label).first().fill(words);
export const sees = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();

/** One thing after the other. */
export const steps =
  (...all: ((page: Page, gateway: Gateway) => Promise<unknown>)[]) =>
  async (page: Page, gateway: Gateway): Promise<void> => {
    for (const step of all) await step(page, gateway);
  };

/** What is asked for comes with something changed. */
export const changed = (what: string, change: (answer: Record<string, unknown>) => Record<string, unknown>) => (page: Page) =>
  page
    .route(what, async (route) => {
      // The stream of changes has no end that could be waited for.
      if (route.request().url().endsWith('/stream')) return route.continue();
      const response = await route.fetch();
      await route.fulfill({ response, json: change((await response.json()) as Record<string, unknown>) });
    })
    .then(() => page.reload());

/** What is asked for never comes. */
export const held = (what: string) => (page: Page) => page.route(what, () => new Promise<void>(() => {})).then(() => page.reload());

/** What is asked for is refused. */
export const refused = (what: string, problem: { status: number; code: string; title: string; detail: string }) => (page: Page) =>
  page.route(what, (route) => route.fulfill({ status: problem.status, contentType: 'application/problem+json', body: JSON.stringify(problem) }));

/** What is asked for breaks. */
export const broken = (what: string) => (page: Page) =>
  page
    .route(what, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'internal', status: 500, detail: 'the gateway could not do this', code: 'internal', hint: 'the gateway’s log has the cause under this request_id', request_id: '0123456789abcdef0123456789abcdef' }),
      }),
    )
    .then(() => page.reload())
    .then(() => page.getByRole('alert').first().waitFor());
