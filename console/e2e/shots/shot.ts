/** What a picture is taken of. */
import type { Page } from 'playwright-core';

export interface Shot {
  name: string;
  /** Words in braces are sessions: `{live}`. */
  path: string;
  /** What is done on the page before the picture. */
  first?(page: Page): Promise<unknown>;
  /** Who looks; the administrator unless said. */
  as?: string;
}

/** The sessions that pictures are taken of, by the words that stand for them. */
export type Cast = Record<string, string>;

export const key = (name: string) => (page: Page) => page.keyboard.press(name);
export const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name, exact: typeof name === 'string' }).first().click();

/** One thing after the other. */
export const steps =
  (...all: ((page: Page) => Promise<unknown>)[]) =>
  async (page: Page): Promise<void> => {
    for (const step of all) await step(page);
  };

/** What is asked for never comes. */
export const held = (what: string) => (page: Page) => page.route(what, () => new Promise<void>(() => {})).then(() => page.reload());

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
