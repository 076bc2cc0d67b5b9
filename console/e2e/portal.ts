/** What the tests of the terminal and of the files in the browser share. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Gateway } from './gateway.ts';

export const WAIT = { timeout: 20_000 };

/** What stands on the terminal. */
export const shown = async (page: Page): Promise<string> => (await page.locator('.xterm-rows').innerText()).replaceAll('\u00A0', ' ');
export const shows = (page: Page, text: string | RegExp) => expect.poll(() => shown(page), WAIT).toMatch(text);

interface Listed {
  session_id: string;
  client_interface: string;
  state: string;
}

/** The session that was opened last. */
export async function newest(gateway: Gateway): Promise<Listed> {
  const { sessions } = (await gateway.api('GET', '/v1/sessions?status=all&sort=created_at:desc&limit=1')) as { sessions: Listed[] };
  return sessions[0] as Listed;
}

export const order = (gateway: Gateway, id: string, verb: string, body: object) => gateway.api('POST', `/v1/sessions/${id}:${verb}`, body);

/** Goes on with Tab until the focus is where it is wanted: on a link or a button of a name, or on what is given. */
export async function tabTo(page: Page, what: string | RegExp | Locator): Promise<void> {
  const named = typeof what === 'string' || what instanceof RegExp;
  const wanted = named ? page.getByRole('link', { name: what }).or(page.getByRole('button', { name: what })).first() : what;
  await wanted.waitFor();
  for (let n = 0; n < 60; n += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}
