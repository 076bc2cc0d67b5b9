/** Pictures of every page and state, in both themes, at 1280 and 390 pixels: `npm run shots -- FOLDER [WORD]`. To be looked at by people. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, signIn, visit } from '../browser.ts';
import { furnish, LONG } from '../furnish.ts';
import { Gateway } from '../gateway.ts';
import { Shell } from '../shell.ts';

interface Shot {
  name: string;
  path: string;
  /** What is done on the page before the picture. */
  first?(page: Page): Promise<unknown>;
  /** Who looks; the administrator unless said. */
  as?: string;
}

const key = (name: string) => (page: Page) => page.keyboard.press(name);
const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click();
const held = (what: string) => (page: Page) => page.route(what, () => new Promise<void>(() => {})).then(() => page.reload());
const broken = (what: string) => (page: Page) =>
  page
    .route(what, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'internal', status: 500, detail: 'the gateway could not do this', code: 'internal', hint: 'the gateway’s log has the cause under this request_id', request_id: '0123456789abcdef0123456789abcdef' }),
      }),
    )
    .then(() => page.reload());

const kinds = ['user', 'group', 'resource', 'account', 'secret', 'profile', 'access_rule'];
const one: Record<string, string> = {
  user: 'wolfeschlegelsteinhausenbergerdorff.hubert-blaine.extern',
  group: 'night-shift',
  resource: LONG,
  account: 'reporting-read-only',
  secret: 'demo-key',
  profile: 'demo',
  access_rule: 'reporting-for-the-night-shift',
};

function shots(session: string): Shot[] {
  return [
    { name: 'home-admin', path: '/' },
    { name: 'home-user', path: '/', as: 'demo' },
    { name: 'home-newcomer', path: '/', as: 'newcomer' },
    { name: 'home-loading', path: '/', first: held('**/v1/connect') },
    { name: 'home-error', path: '/', first: broken('**/v1/sessions?*') },
    { name: 'sessions', path: '/sessions' },
    { name: 'sessions-empty', path: '/sessions?status=denied' },
    { name: 'session', path: `/sessions/${session}` },
    { name: 'session-log', path: `/sessions/${session}/log` },
    { name: 'wall', path: '/wall' },
    { name: 'connect', path: '/connect', as: 'demo' },
    { name: 'connect-empty', path: '/connect', as: 'newcomer' },
    { name: 'connect-ssh', path: '/connect/demo-host', as: 'demo' },
    { name: 'connect-long', path: `/connect/${LONG}`, as: 'demo' },
    { name: 'connect-tcp', path: '/connect/demo-web', as: 'demo' },
    { name: 'files', path: '/files' },
    { name: 'audit', path: '/audit' },
    { name: 'audit-line', path: '/audit', first: (page) => page.getByRole('row').nth(2).click() },
    { name: 'tokens', path: '/tokens' },
    { name: 'tokens-new', path: '/tokens', first: click('New token') },
    { name: 'gateways', path: '/gateways' },
    { name: 'gateway', path: '/gateways/demo-gateway' },
    { name: 'gateway-sessions', path: '/gateways/demo-gateway?tab=sessions' },
    { name: 'settings', path: '/settings' },
    { name: 'keyboard', path: '/keyboard' },
    { name: 'keyboard-dialog', path: '/tokens', first: key('?') },
    { name: 'palette', path: '/connect', first: key('Control+k') },
    { name: 'palette-found', path: '/connect', first: (page) => page.keyboard.press('Control+k').then(() => page.getByRole('combobox').fill('de')) },
    ...kinds.flatMap((kind): Shot[] => [
      { name: `list-${kind}`, path: `/manage/${kind}` },
      { name: `object-${kind}`, path: `/manage/${kind}/${one[kind] ?? ''}` },
      { name: `new-${kind}`, path: `/create/${kind}` },
      { name: `read-${kind}`, path: `/manage/${kind}/${one[kind] ?? ''}`, as: 'olga' },
    ]),
    { name: 'list-nothing-found', path: '/manage/resource?search=no-such' },
    { name: 'list-error', path: '/manage/resource', first: broken('**/v1/objects/resource') },
    { name: 'object-sessions', path: '/manage/user/demo?tab=sessions' },
    { name: 'object-yaml', path: `/manage/resource/${LONG}?tab=yaml` },
    { name: 'object-gone', path: '/manage/user/long-gone' },
    { name: 'object-missing', path: '/manage/profile/no-such' },
    { name: 'object-remove', path: '/manage/secret/reporting-password', first: click('Remove…') },
    {
      name: 'object-unsaved',
      path: '/manage/group/everyone',
      first: async (page) => {
        await page.getByLabel('Description').fill('not saved');
        await page.getByRole('tab', { name: 'YAML' }).click();
      },
    },
    {
      name: 'object-refused',
      path: '/create/user',
      first: async (page) => {
        await page.getByLabel('Name').first().fill('someone');
        await page.getByLabel('New password').fill('short');
        await page.getByRole('button', { name: 'Create' }).click();
        await page.getByText(/^Not saved/).waitFor();
      },
    },
    { name: 'denied', path: '/manage/user', as: 'demo' },
    { name: 'no-page', path: '/no/such/page' },
    {
      name: 'offline',
      path: '/tokens',
      first: async (page) => {
        await page.context().setOffline(true);
        await page.getByText('The gateway does not answer.').first().waitFor();
      },
    },
    { name: 'menu', path: '/tokens', first: (page) => page.getByRole('button', { name: 'Open the menu' }).click({ timeout: 500 }).catch(() => {}) },
  ];
}

const passwords: Record<string, string> = { newcomer: 'nothing-yet-for-me', olga: 'looks-at-everything' };

async function take(browser: Browser, gateway: Gateway, folder: string, wanted: Shot[], theme: 'light' | 'dark', width: number): Promise<void> {
  for (const who of new Set(wanted.map((shot) => shot.as ?? 'admin'))) {
    const { page: door, context } = await visit(browser, { theme, width });
    await door.goto(`${gateway.url}/sign-in`);
    await door.getByLabel('Name').waitFor();
    await door.screenshot({ path: join(folder, `sign-in.${width}.${theme}.png`) });
    await signIn(door, gateway, who, passwords[who]);
    for (const shot of wanted.filter((one) => (one.as ?? 'admin') === who)) {
      const page = await context.newPage();
      await page.goto(`${gateway.url}${shot.path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await shot.first?.(page);
      await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {});
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(folder, `${shot.name}.${width}.${theme}.png`) });
      await context.setOffline(false);
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
const gateway = await Gateway.start();
const browser = await openBrowser();
try {
  await furnish(gateway);
  await Shell.open(gateway, ['echo hello > made.txt; cat made.txt; exit 3']).ended;
  const shell = Shell.open(gateway);
  await shell.shows('being recorded');
  shell.type('ls -l /etc | head -20\n');
  const list = (await gateway.api('GET', '/v1/sessions?status=all')) as { sessions: { session_id: string }[] };
  const wanted = shots(list.sessions.at(-1)?.session_id ?? '').filter((shot) => shot.name.includes(word));
  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) await take(browser, gateway, folder, wanted, theme, width);
  }
  album(folder, wanted.map((shot) => shot.name));
  shell.close();
} finally {
  await browser.close();
  await gateway.stop();
}
