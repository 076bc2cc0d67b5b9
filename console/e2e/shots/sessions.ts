/** The list of sessions, sessions of every kind, the wall, and sessions in the browser. */
import type { Page } from 'playwright-core';
import { ALICE, LONG } from '../scene.ts';
import { Shell } from '../shell.ts';
import { broken, changed, click, dialog, held, key, sees, steps, type Shot } from './shot.ts';

const more = (entry: string) => steps(click('More'), (page) => page.getByRole('menuitem', { name: entry, exact: true }).click());
const picture = (page: Page) => page.locator('.ap-term-text').first().waitFor();
const tick = (text: string) => (page: Page) => page.getByRole('row').filter({ hasText: text }).first().getByRole('checkbox').check();
const inBulk = (name: RegExp) => (page: Page) => page.getByRole('region', { name: 'Selected sessions' }).getByRole('button', { name }).click();
const listed = (page: Page) => page.getByRole('grid').getByRole('row').nth(1).waitFor();
const emptied = (page: Page) => page.route('**/v1/sessions?*', (route) => route.fulfill({ json: { sessions: [], next_cursor: null, total: 0, total_is_capped: false, as_of: new Date().toISOString() } })).then(() => page.reload());

const list: Shot[] = [
  { name: 'sessions', path: '/sessions' },
  { name: 'sessions-own', path: '/sessions', as: 'demo' },
  { name: 'sessions-empty', path: '/sessions?status=awaiting_approval' },
  { name: 'sessions-none', path: '/sessions', first: emptied },
  { name: 'sessions-loading', path: '/sessions', first: held('**/v1/sessions?*') },
  { name: 'sessions-error', path: '/sessions', first: broken('**/v1/sessions?*') },
  { name: 'sessions-filters', path: `/sessions?status=completed,failed&type=ssh&user=${ALICE.name}&resource=${LONG}&client_interface=cli&search=a` },
  { name: 'sessions-more-filters', path: '/sessions', first: click('More filters') },
  { name: 'sessions-more-states', path: '/sessions', first: click('More states') },
  { name: 'sessions-time', path: '/sessions', first: click('Last 30 days') },
  { name: 'sessions-views', path: '/sessions', first: click('Views') },
  { name: 'sessions-columns', path: '/sessions', first: click('Columns') },
  {
    name: 'sessions-all-columns',
    path: '/sessions',
    first: async (page) => {
      await page.getByRole('button', { name: 'Columns' }).click({ timeout: 2000 });
      const boxes = page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox');
      await boxes.first().waitFor();
      for (let nth = 0; nth < (await boxes.count()); nth += 1) await boxes.nth(nth).check();
      await page.keyboard.press('Escape');
      await page.getByRole('grid').evaluate((grid) => grid.scrollTo(700, 0));
    },
  },
  { name: 'sessions-preview', path: '/sessions', first: steps(listed, key('j'), key('j'), key('Space')) },
  { name: 'sessions-by-id', path: '/sessions?status=denied&search={replay}' },
  { name: 'sessions-picked', path: '/sessions?status=active', first: steps(tick('demo-host'), tick(LONG)) },
  { name: 'sessions-bulk-lock', path: '/sessions?status=active', first: steps(tick('demo-host'), tick(LONG), inBulk(/^Lock/)) },
  { name: 'sessions-bulk-terminate', path: '/sessions?status=active', first: steps(tick('demo-host'), tick(LONG), inBulk(/^Terminate/)) },
  { name: 'sessions-save-view', path: '/sessions?status=failed', first: steps(click('Views'), (page) => page.getByRole('dialog').getByRole('textbox').first().fill('What failed this month, by day')) },
  { name: 'sessions-new', path: '/sessions', first: steps(listed, tick('demo-host'), (_, gateway) => Shell.open(gateway, ['true']).ended, sees(/new$/)) },
  { name: 'sessions-toast', path: '/sessions', first: steps(listed, key('j'), (page) => page.waitForTimeout(300), key('c'), (page) => page.getByText('Session ID copied').first().waitFor()) },
  { name: 'menu-account', path: '/sessions', first: click(/^Account of/) },
  { name: 'menu-theme', path: '/sessions', first: click('Theme') },
];

const answers = async (page: Page) => {
  await page.getByRole('button', { name: 'Show the answer' }).first().waitFor();
  // Each that is opened is called otherwise.
  for (let nth = 0; nth < 2; nth += 1) await page.getByRole('button', { name: 'Show the answer' }).first().click();
};
const again = steps((page) => page.getByRole('button', { name: 'Run again' }).first().click(), (page) => page.getByRole('dialog').waitFor());

const one: Shot[] = [
  { name: 'session-live', path: '/sessions/{live}', first: picture },
  { name: 'session-live-owner', path: '/sessions/{live}', as: 'demo', first: picture },
  { name: 'session-locked', path: '/sessions/{locked}', first: picture },
  { name: 'session-look-back', path: '/sessions/{live}', first: steps(picture, click('Rewind'), (page) => page.getByText('An earlier moment').waitFor()) },
  { name: 'session-replay', path: '/sessions/{replay}', first: picture },
  { name: 'session-output', path: '/sessions/{replay}', first: steps(picture, click('Show the output')) },
  { name: 'session-nothing-found', path: '/sessions/{replay}', first: (page) => page.getByLabel('Search in commands and output').fill('no such thing at all') },
  { name: 'session-files', path: '/sessions/{files}?tab=files' },
  { name: 'session-timeline', path: '/sessions/{terminated}?tab=timeline' },
  { name: 'session-information', path: '/sessions/{terminated}?tab=info' },
  { name: 'session-log-tab', path: '/sessions/{terminated}?tab=log' },
  { name: 'session-long', path: '/sessions/{long}' },
  { name: 'session-failed', path: '/sessions/{failed}' },
  { name: 'session-denied', path: '/sessions/{denied}' },
  { name: 'session-tcp', path: '/sessions/{tcp}?tab=info' },
  { name: 'session-sql', path: '/sessions/{sql}' },
  { name: 'session-sql-live', path: '/sessions/{sql-live}' },
  { name: 'session-mysql', path: '/sessions/{mysql}', first: answers },
  { name: 'session-redis', path: '/sessions/{redis}', first: answers },
  { name: 'session-mysql-information', path: '/sessions/{mysql}?tab=info', height: 1200 },
  { name: 'session-sql-compare', path: '/sessions/{sql}', as: 'demo', first: steps((page) => page.getByRole('listitem').filter({ hasText: 'LIMIT 12' }).getByRole('button', { name: 'Show the answer' }).click(), again, (page) => page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click(), sees(/the same/)) },
  { name: 'session-sql-again', path: '/sessions/{sql}', as: 'demo', first: steps((page) => page.getByRole('listitem').filter({ hasText: 'LIMIT 12' }).getByRole('button', { name: 'Show the answer' }).click(), again) },
  { name: 'session-expired', path: '/sessions/{replay}', first: changed('**/v1/sessions/*', (one) => ({ ...one, recording: { ...(one['recording'] as object), state: 'expired', expired_at: new Date().toISOString(), removed_at: new Date().toISOString() } })) },
  {
    name: 'session-direct',
    path: '/sessions/{live}',
    first: changed('**/v1/sessions/*', (one) => ({ ...one, login_via: 'direct', direct: { checked_at: new Date().toISOString(), violation: true, error: null, logins: [{ from: '203.0.113.7', since: new Date(Date.now() - 600_000).toISOString() }] } })),
  },
  { name: 'session-sql-output', path: '/sessions/{sql}', first: (page) => page.getByRole('button', { name: 'Show the answer' }).nth(2).click() },
  { name: 'session-sql-information', path: '/sessions/{sql}?tab=info' },
  { name: 'session-menu', path: '/sessions/{terminated}', first: click('More') },
  { name: 'session-menu-live', path: '/sessions/{live}', first: click('More') },
  { name: 'session-lock', path: '/sessions/{live}', first: dialog('Lock') },
  { name: 'session-unlock', path: '/sessions/{locked}', first: dialog('Unlock') },
  { name: 'session-terminate', path: '/sessions/{live}', first: dialog('Terminate') },
  { name: 'session-extend', path: '/sessions/{live}', first: more('Extend…') },
  { name: 'session-end', path: '/sessions/{live}', first: more('End…') },
  { name: 'session-toast', path: '/sessions/{replay}', first: steps(more('Copy session ID'), (page) => page.getByText('Session ID copied').first().waitFor()) },
  { name: 'session-loading', path: '/sessions/{replay}', first: held('**/v1/sessions/*') },
  { name: 'session-error', path: '/sessions/{replay}', first: broken('**/v1/sessions/*') },
  { name: 'session-not-found', path: '/sessions/01890000-0000-7000-8000-000000000000' },
  { name: 'session-log', path: '/sessions/{terminated}/log' },
  { name: 'session-log-empty', path: '/sessions/{terminated}/log', first: (page) => page.getByLabel('Level').selectOption('error') },
];

const wall: Shot[] = [
  { name: 'wall', path: '/wall', first: picture },
  { name: 'wall-empty', path: '/wall', first: emptied },
  { name: 'wall-loading', path: '/wall', first: held('**/v1/sessions?*') },
  { name: 'wall-error', path: '/wall', first: broken('**/v1/sessions?*') },
];

const prompt = (page: Page) => page.locator('.xterm-rows').getByText('being recorded').waitFor();
const typed = (text: string) => (page: Page) => page.keyboard.type(text);
const readme = (page: Page) => page.getByRole('row').filter({ hasText: 'README.txt' }).waitFor();
const send = (name: string) => (page: Page) => page.getByLabel('Files to upload').setInputFiles([{ name, mimeType: 'text/plain', buffer: Buffer.from('again') }]);

const portal: Shot[] = [
  { name: 'terminal', path: '/connect/demo-host/terminal', as: 'demo', first: steps(prompt, typed('ls -la --color=always / | head -20\n'), (page) => page.waitForTimeout(500)) },
  { name: 'terminal-find', path: '/connect/demo-host/terminal', as: 'demo', first: steps(prompt, typed('seq 40\n'), key('Control+Shift+F'), typed('being')) },
  { name: 'terminal-about', path: '/connect/demo-host/terminal', as: 'demo', first: steps(prompt, (page) => page.getByRole('button', { name: 'About' }).click({ timeout: 500 }).catch(() => {})) },
  { name: 'terminal-ended', path: '/connect/demo-host/terminal', as: 'demo', first: steps(prompt, typed('exit 3\n'), (page) => page.getByRole('alert').waitFor()) },
  { name: 'terminal-asks', path: '/connect/demo-host/terminal?account=own-password', as: 'demo', first: (page) => page.getByRole('form', { name: 'The resource asks' }).waitFor() },
  { name: 'terminal-refused', path: '/connect/no-such-host/terminal', as: 'demo', first: (page) => page.getByRole('alert').waitFor() },
  { name: 'terminal-loading', path: '/connect/demo-host/terminal', as: 'demo', first: (page) => page.routeWebSocket(/.*/, () => {}).then(() => page.reload()) },
  { name: 'files-of-resource', path: '/connect/demo-host/files', as: 'demo', first: readme },
  { name: 'files-picked', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, (page) => page.getByRole('row').filter({ hasText: 'README.txt' }).getByRole('checkbox').click()) },
  { name: 'files-new-folder', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, click('New folder')) },
  { name: 'files-rename', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, (page) => page.getByRole('row').filter({ hasText: 'README.txt' }).getByRole('checkbox').click(), click(/^Rename/)) },
  { name: 'files-delete', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, (page) => page.getByRole('row').filter({ hasText: 'README.txt' }).getByRole('checkbox').click(), click(/^Delete/)) },
  { name: 'files-path', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, click('Type a path')) },
  { name: 'files-replace', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, (page) => send(`a-file-with-a-name-that-is-rather-long-and-goes-on-and-on.${Date.now()}.csv`)(page), (page) => page.getByText(/files? sent/).waitFor(), send('README.txt'), (page) => page.getByText('exists already. Replace it?').waitFor()) },
  { name: 'files-no-folder', path: '/connect/demo-host/files?path=/no/such/folder', as: 'demo', first: (page) => page.getByRole('alert').first().waitFor() },
  { name: 'files-ended', path: '/connect/demo-host/files', as: 'demo', first: steps(readme, click('Disconnect'), (page) => page.getByRole('alert').first().waitFor()) },
  { name: 'files-refused', path: '/connect/no-such-host/files', as: 'demo', first: (page) => page.getByRole('alert').first().waitFor() },
];

const editor = (page: Page) => page.getByRole('textbox', { name: 'Statements' });
const run = (text: string) => async (page: Page) => {
  await editor(page).click();
  await page.keyboard.insertText(text);
  await page.keyboard.press('Escape');
  await page.keyboard.press('ControlOrMeta+Enter');
};
const ordersOf = steps(run('SELECT * FROM orders ORDER BY id'), (page) => page.getByRole('gridcell', { name: 'customer 1', exact: true }).waitFor());

const sql: Shot[] = [
  { name: 'sql', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: (page) => editor(page).waitFor() },
  { name: 'sql-rows', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: ordersOf },
  { name: 'sql-error', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(run('SELECT id,\n  name\nFROM no_such_table'), (page) => page.getByText('does not exist').first().waitFor()) },
  { name: 'sql-plan', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(ordersOf, click('Explain'), (page) => page.getByRole('menuitem', { name: 'Show the plan' }).click(), (page) => page.getByText(/Scan/).first().waitFor()) },
  { name: 'sql-history', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(ordersOf, click('History')) },
  { name: 'sql-export', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(ordersOf, click('Export')) },
  { name: 'sql-value', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(run("SELECT repeat('0123456789 ', 40000) AS long, 1 AS one"), sees(/is cut/), (page) => page.getByRole('grid').focus(), key('Home'), key('Enter'), (page) => page.getByRole('dialog').waitFor()) },
  { name: 'sql-tabs', path: '/connect/orders-db/sql?database=postgres', as: 'demo', first: steps(ordersOf, click('New tab'), (page) => page.waitForTimeout(800)) },
  { name: 'sql-mysql', path: '/connect/demo-mariadb/sql?database=demo', as: 'demo', first: steps((page) => editor(page).waitFor(), run('SELECT * FROM orders'), (page) => page.getByRole('gridcell').first().waitFor()) },
  { name: 'sql-redis', path: '/connect/demo-redis/sql', as: 'demo' },
  { name: 'sql-no-database', path: '/connect/orders-db/sql', as: 'demo', first: (page) => page.getByRole('form', { name: 'Another database' }).waitFor() },
  { name: 'sql-refused', path: '/connect/no-such-db/sql', as: 'demo', first: (page) => page.getByRole('alert').first().waitFor() },
];

export const sessionShots: Shot[] = [...list, ...one, ...wall, ...portal, ...sql];
