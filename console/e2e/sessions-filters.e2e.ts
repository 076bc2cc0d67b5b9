/** The list of sessions: chips, filters, search, windows of time, saved views, and all of it in the address. */
import { expect, it } from 'vitest';
import { accessible, signIn, visit } from './browser.ts';
import { ALICE, LONG, sessions } from './scene.ts';
import { inBothThemes } from './themes.ts';

inBothThemes('the filters of sessions', (at) => {
  it('has chips for states and types, and the others under More', async () => {
    await at.shell();
    await at.open();
    const chip = async (name: string, search: RegExp, text: string | null) => {
      await at.button(name).click();
      await at.page.waitForURL(search);
      if (text === null) await at.page.getByText('No sessions found').waitFor();
      else await at.rows(text).first().waitFor();
      await at.button(name).click();
      await at.page.waitForURL((url) => !search.test(url.href));
    };
    await chip('Active', /status=active/, 'active');
    await chip('Completed', /status=completed/, 'completed');
    await chip('Failed', /status=failed/, 'nobody-listens');
    await chip('Terminated', /status=terminated/, 'terminated');
    await chip('Waiting', /status=pending/, null);
    await chip('SSH', /type=ssh/, 'demo-host');
    await chip('RDP', /type=rdp/, null);
    await chip('DB', /type=database/, null);
    await chip('HTTP', /type=http/, null);
    await at.button('More types').click();
    await accessible(at.page, `more types in ${at.theme}`);
    await at.page.getByRole('checkbox', { name: 'TCP' }).check();
    await at.page.waitForURL(/type=tcp/);
    await at.page.keyboard.press('Escape');
    await at.rows('demo-web').first().waitFor();
    await expect.poll(() => at.rows('demo-host').count()).toBe(0);
    await at.open();
    await at.rows('demo-web').first().waitFor();
    await at.button('More states').click();
    await at.page.getByRole('checkbox', { name: 'Denied' }).check();
    await at.page.waitForURL(/status=denied/);
    await at.page.keyboard.press('Escape');
    await at.rows('not-for-you').first().waitFor();
  });

  it('takes closed for every ordinary end', async () => {
    await at.open('?status=closed');
    for (const name of ['demo-host', LONG]) await at.rows(name).first().waitFor();
    const states = new Set((await sessions(at.gateway, 'status=closed')).map((row) => row.state));
    expect(states.has('completed')).toBe(true);
    for (const state of ['active', 'failed', 'denied']) expect(states.has(state)).toBe(false);
    for (const name of ['nobody-listens', 'not-for-you']) await expect.poll(() => at.rows(name).count()).toBe(0);
    await accessible(at.page, `closed sessions in ${at.theme}`);
  });

  it('filters by user, resource, interface, gateway, address and end reason, with suggestions that know who is gone', async () => {
    await at.open();
    await at.button('More filters').click();
    const pick = async (column: string, find: string, value: string | RegExp, search: RegExp) => {
      await at.page.getByRole('group', { name: 'Column' }).getByRole('button', { name: column }).click();
      await at.page.getByRole('textbox', { name: `Find ${column.toLowerCase()}` }).fill(find);
      await at.page.getByRole('dialog', { name: 'More filters' }).getByRole('checkbox', { name: value, exact: typeof value === 'string' }).check();
      await at.page.waitForURL(search);
    };
    await pick('User', 'alice', ALICE.name, /user=alice/);
    await accessible(at.page, `all filters in ${at.theme}`);
    await pick('Resource', 'goes-on', LONG, /resource=a-resource/);
    await pick('Client interface', 'CLI', 'CLI', /client_interface=cli/);
    await pick('Gateway', 'demo', 'demo-gateway', /gateway=demo-gateway/);
    await at.page.getByRole('group', { name: 'Column' }).getByRole('button', { name: 'Other' }).click();
    await at.page.getByLabel('Client address').fill('127.0.0.0/8');
    await at.page.waitForURL(/client_ip=127/);
    await at.page.keyboard.press('Escape');
    await at.rows(ALICE.name).first().waitFor();
    await expect.poll(() => at.rows('demo-host').count()).toBe(0);
    const tags = at.page.getByRole('group', { name: 'Filters in force' });
    await expect.poll(() => tags.getByRole('button', { name: /Drop filter/ }).count()).toBe(5);
    await at.button('Clear all').click();
    await at.page.waitForURL(/\/sessions$/);
    await at.open('?end_reason=target_unreachable');
    await at.rows('nobody-listens').first().waitFor();
    await expect.poll(() => at.rows('demo-host').count()).toBe(0);
  });

  it('shows the last 30 days unless asked otherwise, says so, and takes exact times; what overlaps counts', async () => {
    await at.open();
    await at.button('Last 30 days').click();
    await accessible(at.page, `the window of time in ${at.theme}`);
    const [running] = await sessions(at.gateway, 'status=active');
    const since = new Date(Date.parse(String(running?.['started_at'])) - 60_000);
    const local = new Date(since.getTime() - since.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    await at.page.getByLabel('From').fill(local);
    await at.button('Apply').click();
    await at.page.waitForURL(/since=/);
    await at.rows('active').first().waitFor();
    await at.open('?since=2020-01-01T00:00:00Z&until=2020-02-01T00:00:00Z');
    await at.page.getByText('No sessions found').waitFor();
    await at.open('?last=1h');
    await at.button('Last hour').waitFor();
  });

  it('finds words in any column that is shown, over all pages, and everything again when they are gone', async () => {
    await at.open();
    await at.rows('demo-web').first().waitFor();
    await at.page.keyboard.press('/');
    for (const [text, there, gone] of [
      ['goes-on', LONG, 'nobody-listens'],
      ['nobody', 'nobody-listens', LONG],
      ['denied', 'not-for-you', 'nobody-listens'],
      ['ALICE', ALICE.name, 'nobody-listens'],
    ] as const) {
      await at.page.getByLabel('Search in sessions').fill(text);
      await at.page.waitForURL((url) => url.searchParams.get('search') === text);
      await at.rows(there).first().waitFor();
      await at.rows(gone).first().waitFor({ state: 'detached' });
    }
    await at.page.getByLabel('Search in sessions').fill('no such words');
    await at.page.getByText('No sessions found').waitFor();
    await accessible(at.page, `an empty list in ${at.theme}`);
    await at.button('Clear all filters').click();
    await at.rows('demo-web').first().waitFor();
  });

  it('finds a session by eight characters of its id outside the filters, and says so', async () => {
    const [one] = await sessions(at.gateway, 'status=completed');
    const id = one?.session_id ?? '';
    await at.open(`?status=denied&search=${id.slice(0, 23)}`);
    await at.page.getByText('This session is outside the filters or the window of time').waitFor();
    await accessible(at.page, `found by its id in ${at.theme}`);
    await at.page.getByRole('note').getByRole('link').click();
    await at.page.waitForURL(new RegExp(id));
  });

  it('gives the same rows to whoever gets the address and may see them', async () => {
    const search = '?status=completed,failed&type=ssh&sort=user:asc';
    await at.open(search);
    const mine = await at.rows(/./).allInnerTexts();
    // Any of the states, and of this type only.
    for (const row of mine.slice(1)) expect(row).toMatch(/^(?:completed|failed)[\s\S]*SSH/);
    const other = await visit(at.browser, { theme: at.theme });
    await other.page.goto(`${at.gateway.url}/sessions${search}`);
    await other.page.waitForURL(/\/sign-in/);
    await signIn(other.page, at.gateway, 'auditor', 'long enough for a test');
    await other.page.waitForURL((url) => url.searchParams.get('status') === 'completed,failed');
    await other.page.getByRole('grid').getByRole('row').nth(1).waitFor();
    const theirs = await other.page.getByRole('grid').getByRole('row').allInnerTexts();
    const plain = (all: string[]) => all.slice(1).map((row) => row.split('\n').slice(0, 3).join(' '));
    expect(plain(theirs)).toEqual(plain(mine));
    await other.context.close();
  });

  it('keeps filters by a name, for oneself and for everybody', async () => {
    await at.open('?status=failed&type=ssh');
    await at.button('Views').click();
    await at.page.getByLabel('Save what is shown now as').fill(`Failed ${at.theme}`);
    await at.page.getByRole('switch', { name: 'For everybody' }).check();
    await accessible(at.page, `saved views in ${at.theme}`);
    await at.button('Save view').click();
    await at.page.getByText(`View Failed ${at.theme} saved`).first().waitFor();
    await at.open();
    await at.button('Views').click();
    await at.page.getByRole('list', { name: 'Saved views' }).getByRole('button', { name: `Failed ${at.theme} for everybody` }).click();
    await at.page.waitForURL(/status=failed/);
    expect(at.page.url()).toContain('type=ssh');
    const other = await visit(at.browser, { theme: at.theme });
    await signIn(other.page, at.gateway, 'auditor', 'long enough for a test');
    await other.page.goto(`${at.gateway.url}/sessions`);
    await other.page.getByRole('button', { name: 'Views' }).click();
    await other.page.getByRole('list', { name: 'Saved views' }).getByText(`Failed ${at.theme}`).waitFor();
    await other.context.close();
    await at.page.getByRole('button', { name: `Failed ${at.theme}` }).first().click();
    await at.page.getByRole('button', { name: `Remove view Failed ${at.theme}` }).click();
    await at.page.getByRole('button', { name: `Remove view Failed ${at.theme}` }).waitFor({ state: 'detached' });
    await at.page.keyboard.press('Escape');
  });
});
