/** Pictures of every page and state, in both themes, at 1280 and 390 pixels: `npm run shots -- FOLDER [WORD]`. To be looked at by people. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, signIn, still, visit } from '../browser.ts';
import { furnish } from '../furnish.ts';
import { Gateway } from '../gateway.ts';
import { pageShots } from './pages.ts';
import { prepare } from './prepare.ts';
import { reviewShots } from './reviews.ts';
import { sessionShots } from './sessions.ts';
import type { Cast, Shot } from './shot.ts';
import { signInWithCode, signingInShots, WITH_FACTORS } from './signing-in.ts';

const passwords: Record<string, string> = { newcomer: 'nothing-yet-for-me', olga: 'looks-at-everything' };

async function take(browser: Browser, gateway: Gateway, folder: string, wanted: Shot[], cast: Cast, width: number): Promise<void> {
  for (const who of new Set(wanted.map((shot) => shot.as ?? 'admin'))) {
    const { page: door, context } = await visit(browser, { width });
    if (who === WITH_FACTORS.name) await signInWithCode(door, gateway);
    else if (who !== 'nobody') await signIn(door, gateway, who, passwords[who]);
    for (const shot of wanted.filter((one) => (one.as ?? 'admin') === who)) {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      if (shot.height !== undefined) await page.setViewportSize({ width, height: shot.height });
      try {
        await page.goto(`${gateway.url}${shot.path.replace(/\{([\w-]+)\}/, (_, word: string) => cast[word] ?? 'none')}`);
        await page.getByRole('heading', { level: 1 }).or(page.getByRole('banner')).first().waitFor();
        await shot.first?.(page, gateway);
        await page.getByText(/^Loading/).first().waitFor({ state: 'detached', timeout: 3000 }).catch(() => {});
        await page.waitForTimeout(250);
      } catch (error) {
        console.error(`${shot.name}, ${width}: ${String(error).split('\n')[0]}`);
      }
      // Also of what went otherwise: it shows how far it came.
      for (const theme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await still(page).catch(() => {});
        await page.screenshot({ path: join(folder, `${shot.name}.${width}.${theme}.png`) }).catch(() => console.error(`${shot.name}, ${width}, ${theme}: no picture`));
      }
      await context.setOffline(false);
      // What one picture has chosen is not in the next.
      await page.evaluate(() => localStorage.clear()).catch(() => {});
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
const wanted = [...signingInShots, ...pageShots, ...reviewShots, ...sessionShots].filter((shot) => new RegExp(word).test(shot.name));
const gateway = await Gateway.start({ DOORWARD_DEMO_NO_DATABASES: 'false' });
const browser = await openBrowser();
const leave: (() => Promise<unknown> | void)[] = [];
try {
  await furnish(gateway);
  const cast = await prepare(gateway, leave);
  // Each width in a lane of its own: most of the time goes into waiting.
  await Promise.all([1280, 390].map((width) => take(browser, gateway, folder, wanted, cast, width)));
  album(folder, wanted.map((shot) => shot.name));
} finally {
  for (const one of leave) await one();
  await browser.close();
  await gateway.stop();
}
