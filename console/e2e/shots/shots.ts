/** Pictures of every page and state, in both themes, at 1280 and 390 pixels: `npm run shots -- FOLDER [WORD]`. To be looked at by people. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, signIn, still, visit } from '../browser.ts';
import { furnish } from '../furnish.ts';
import { Gateway } from '../gateway.ts';
import { pageShots } from './pages.ts';
import { prepare } from './prepare.ts';
import { sessionShots } from './sessions.ts';
import type { Cast, Shot } from './shot.ts';

const passwords: Record<string, string> = { newcomer: 'nothing-yet-for-me', olga: 'looks-at-everything' };

async function take(browser: Browser, gateway: Gateway, folder: string, wanted: Shot[], cast: Cast, theme: 'light' | 'dark', width: number): Promise<void> {
  for (const who of new Set(wanted.map((shot) => shot.as ?? 'admin'))) {
    const { page: door, context } = await visit(browser, { theme, width });
    await door.goto(`${gateway.url}/sign-in`);
    await door.getByLabel('Name').waitFor();
    await door.screenshot({ path: join(folder, `sign-in.${width}.${theme}.png`) });
    await signIn(door, gateway, who, passwords[who]);
    for (const shot of wanted.filter((one) => (one.as ?? 'admin') === who)) {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      try {
        await page.goto(`${gateway.url}${shot.path.replace(/\{([\w-]+)\}/, (_, word: string) => cast[word] ?? 'none')}`);
        await page.getByRole('heading', { level: 1 }).or(page.getByRole('banner')).first().waitFor();
        await shot.first?.(page);
        await page.getByText(/^Loading/).first().waitFor({ state: 'detached', timeout: 3000 }).catch(() => {});
        await page.waitForTimeout(400);
        await still(page);
      } catch (error) {
        console.error(`${shot.name}, ${theme}, ${width}: ${String(error).split('\n')[0]}`);
      }
      await page.screenshot({ path: join(folder, `${shot.name}.${width}.${theme}.png`) });
      await context.setOffline(false);
      // What one picture has chosen is not in the next.
      await page.evaluate(() => localStorage.clear());
      await page.close();
    }
    await context.close();
  }
}

/** One page with all pictures of a width and theme, to look through. */
function album(folder: string, names: string[]): void {
  const rows = names.map((name) => `<figure><figcaption>${name}</figcaption>${[1280, 390].flatMap((width) => ['light', 'dark'].map((theme) => `<img src="${name}.${width}.${theme}.png">`)).join('')}</figure>`);
  writeFileSync(join(folder, 'index.html'), `<!doctype html><meta charset="utf-8"><style>img{max-height:600px;margin:4px;border:1px solid #888}</style>${rows.join('')}`);
}

const [folder = 'shots', word = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const wanted = [...pageShots, ...sessionShots].filter((shot) => new RegExp(word).test(shot.name));
const gateway = await Gateway.start();
const browser = await openBrowser();
const leave: (() => Promise<unknown> | void)[] = [];
try {
  await furnish(gateway);
  const cast = await prepare(gateway, leave);
  // Each theme in a lane of its own: most of the time goes into waiting.
  await Promise.all(
    (['light', 'dark'] as const).map(async (theme) => {
      for (const width of [1280, 390]) await take(browser, gateway, folder, wanted, cast, theme, width);
    }),
  );
  album(folder, wanted.map((shot) => shot.name));
} finally {
  for (const one of leave) await one();
  await browser.close();
  await gateway.stop();
}
