/** The SQL console against the real gateway and a real PostgreSQL server. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, fits, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { newest, order, tabTo, WAIT } from './portal.ts';
import { Postgres } from './postgres.ts';

let gateway: Gateway;
let server: Postgres;
let browser: Browser;

beforeAll(async () => {
  [gateway, server, browser] = await Promise.all([Gateway.start(), Postgres.start(), openBrowser()]);
  await server.offer(gateway);
  server.ask("create table customers (id int primary key, name text, born date); insert into customers select g, 'Customer ' || g, date '1970-01-01' + g from generate_series(1, 3000) g");
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await server?.stop();
});

const editor = (page: Page) => page.getByRole('textbox', { name: 'Statements' }).filter({ visible: true });
const grid = (page: Page) => page.getByRole('grid').filter({ visible: true });

/** Replaces what is in the editor, as it is typed. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
  await page.keyboard.press('Escape');
}

async function run(page: Page, text: string): Promise<void> {
  await write(page, text);
  await page.keyboard.press('ControlOrMeta+Enter');
}

describe.each(['dark', 'light'] as const)('in %s, the SQL console', (theme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme });
    await signIn(visitor.page, gateway, 'demo');
    await visitor.page.goto(`${gateway.url}/connect`);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });

  it('runs statements and pages through their rows with the keyboard alone', async () => {
    const { page } = visitor;
    await tabTo(page, /^SQL on db/);
    await page.keyboard.press('Enter');
    await expect.poll(() => editor(page).evaluate((element) => element === document.activeElement), WAIT).toBe(true);
    expect(await newest(gateway)).toMatchObject({ client_interface: 'web', state: 'active' });
    await accessible(page, 'an empty console');
    await page.keyboard.insertText('select * from customers order by id');
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.getByRole('gridcell', { name: 'Customer 1', exact: true }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    await accessible(page, 'rows');
    await fits(page);
    // Whatever is reached is fetched on the way.
    await tabTo(page, 'History');
    await page.keyboard.press('Tab');
    await expect.poll(() => grid(page).evaluate((element) => element === document.activeElement), WAIT).toBe(true);
    const whole = async () => {
      await page.keyboard.press('Control+End');
      return page.getByText('3,000 rows').count();
    };
    await expect.poll(whole, WAIT).toBeGreaterThan(0);
    await page.keyboard.press('Control+End');
    await page.getByRole('gridcell', { name: 'Customer 3000', exact: true }).waitFor();
  });

  it('offers another database where the one that was meant is not there', async () => {
    const { page } = visitor;
    await page.goto(`${gateway.url}/connect/db/sql?database=no-such-database`);
    await page.getByText('does not exist').first().waitFor();
    await accessible(page, 'a database that is not there');
    await page.getByRole('textbox', { name: 'Database' }).fill('postgres');
    await page.keyboard.press('Enter');
    await run(page, 'select current_database() as here');
    await grid(page).getByRole('gridcell', { name: 'postgres', exact: true }).waitFor();
    await page.goto(`${gateway.url}/connect/db/sql`);
    await editor(page).waitFor();
  });

  it('marks where an error is, shows notices, and stops at the first failure', async () => {
    const { page } = visitor;
    await run(page, "do $$ begin raise notice 'mind the gap'; end $$;\nselect nme from customers;\nselect 1");
    await page.getByText('NOTICE mind the gap').waitFor();
    await page.getByRole('alert').getByText('column "nme" does not exist').waitFor();
    await expect.poll(() => page.locator('.cm-wrong').first().innerText()).toBe('nme');
    await accessible(page, 'an error');
  });

  it('completes the names of the database', async () => {
    const { page } = visitor;
    await write(page, '');
    await editor(page).click();
    await page.keyboard.type('select * from custo');
    // By a click: the editor takes a key that comes at once after the list for one of the text.
    await page.getByRole('option', { name: /customers/ }).first().click();
    await expect.poll(() => editor(page).innerText()).toContain('from customers');
  });

  it('runs what is selected only, and says how a transaction stands', async () => {
    const { page } = visitor;
    await write(page, 'begin;\nselect 2 as two');
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.getByText('transaction open').waitFor();
    await expect.poll(() => page.getByRole('columnheader', { name: /two/ }).count()).toBe(0);
    await run(page, 'rollback');
    await expect.poll(() => page.getByText('transaction open').count(), WAIT).toBe(0);
  });

  it('cancels what runs', async () => {
    const { page } = visitor;
    await run(page, 'select pg_sleep(60)');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('alert').getByText('canceling statement due to user request').waitFor();
  });

  it('shows plans as a tree and as text', async () => {
    const { page } = visitor;
    await write(page, 'select * from customers where id < 10');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('menuitem', { name: 'Show the plan' }).click();
    await page.getByRole('region', { name: 'Plan' }).getByText(/on customers/).first().waitFor();
    await accessible(page, 'a plan');
    await page.getByRole('button', { name: 'JSON' }).click();
    await page.getByText('"Node Type"').first().waitFor();
  });

  it('cuts a huge value, says why, and gives it in full as a file', async () => {
    const { page } = visitor;
    await run(page, "select 'before' as a, repeat('0123456789', 2000000) as b, 'after' as c");
    await page.getByRole('gridcell', { name: 'after', exact: true }).waitFor();
    await page.getByText('1 long value is cut').waitFor();
    await grid(page).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Long values are cut/).waitFor();
    await accessible(page, 'a cut value');
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('link', { name: 'Full value as a file' }).click()]);
    const content = readFileSync(await download.path());
    const expected = createHash('sha256').update('0123456789'.repeat(2_000_000)).digest('hex');
    expect(createHash('sha256').update(content).digest('hex')).toBe(expected);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count(), WAIT).toBe(0);
  });

  it('exports all rows of a result of which a part is shown', async () => {
    const { page } = visitor;
    await run(page, 'select id, name from customers order by id');
    await page.getByText(/more follow/).waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'All rows as CSV' }).click()]);
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    expect([lines.length, lines[0], lines[3000]]).toEqual([3001, 'id,name', '3000,Customer 3000']);
  });

  it('has several tabs, each with a connection of its own, and a history', async () => {
    const { page } = visitor;
    await run(page, 'set application_name to first_tab');
    await page.getByText('SET', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'New tab' }).click();
    await expect.poll(() => editor(page).count(), WAIT).toBe(1);
    await run(page, 'select pg_backend_pid() as pid');
    await page.getByRole('columnheader', { name: /pid/ }).waitFor();
    await page.getByRole('button', { name: 'History' }).filter({ visible: true }).click();
    await page.getByRole('list', { name: 'History' }).filter({ visible: true }).getByText('select id, name from customers order by id').first().click();
    await expect.poll(() => editor(page).innerText(), WAIT).toContain('order by id');
    await accessible(page, 'two tabs and a history');
    const both = (await gateway.api('GET', '/v1/sessions?resource=db&status=active')) as { sessions: unknown[] };
    expect(both.sessions.length).toBe(2);
    await page.getByRole('button', { name: 'Close tab 2' }).click();
    await expect.poll(async () => ((await gateway.api('GET', '/v1/sessions?resource=db&status=active')) as { sessions: unknown[] }).sessions.length, WAIT).toBe(1);
  });

  it('says why it ends, and fits a telephone', async () => {
    const { page } = visitor;
    await page.setViewportSize({ width: 390, height: 800 });
    await run(page, 'select * from customers order by id');
    await page.getByRole('gridcell', { name: 'Customer 1', exact: true }).waitFor();
    await fits(page);
    await accessible(page, 'the console on a telephone');
    await order(gateway, (await newest(gateway)).session_id, 'terminate', { reason: 'enough for today' }).catch(() => undefined);
    const { sessions } = (await gateway.api('GET', '/v1/sessions?resource=db&status=active')) as { sessions: { session_id: string }[] };
    for (const one of sessions) await order(gateway, one.session_id, 'terminate', { reason: 'enough for today' });
    await page.getByText(/The session has ended/).first().waitFor();
    await accessible(page, 'a console that has ended');
  });
});

describe('a statement of the log', () => {
  it('shows its rows, runs again as one’s own session, and says what differs', async () => {
    server.ask('create table stock (id int, count int); insert into stock select g, g from generate_series(1, 20) g');
    const { page, context, complaints } = await visit(browser);
    await signIn(page, gateway, 'demo');
    await page.goto(`${gateway.url}/connect/db/sql`);
    await run(page, 'select * from stock order by id');
    await page.getByText('20 rows').first().waitFor();
    const { session_id: id } = await newest(gateway);
    server.ask('update stock set count = 100 where id = 3; delete from stock where id = 5; insert into stock values (21, 21)');
    await page.goto(`${gateway.url}/sessions/${id}`);
    const leave = page.getByRole('button', { name: 'End and leave' });
    if (await leave.count()) await leave.click();
    const line = page.getByRole('listitem').filter({ hasText: 'select * from stock order by id' });
    await line.getByRole('button', { name: 'Show the answer' }).click();
    await line.getByRole('region', { name: 'Result' }).waitFor();
    await accessible(page, 'the result of a statement');
    await line.getByRole('button', { name: 'Run again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Run again' }).click();
    await dialog.getByText('18 the same').waitFor();
    for (const words of ['1 added', '1 removed', '1 changed']) await expect.poll(() => dialog.getByText(words, { exact: true }).count()).toBe(1);
    await accessible(page, 'what differs');
    const again = (await gateway.api('GET', `/v1/sessions?status=all&rerun_of=${id}`)) as { sessions: { user: { name: string } }[] };
    expect(again.sessions.map((one) => one.user.name)).toEqual(['demo']);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
