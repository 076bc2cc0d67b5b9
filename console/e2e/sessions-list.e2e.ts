/** The list of sessions: its rows, columns and keys, and what it shows when something is amiss. */
import type { Request } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessible, copied, signIn, visit } from './browser.ts';
import { ALICE, LONG, sessions } from './scene.ts';
import { inBothThemes } from './themes.ts';

inBothThemes('the list of sessions', (at) => {
  it('shows everybody on every resource, running and ended, on one page', async () => {
    await at.shell();
    await at.open();
    for (const text of ['demo-host', LONG, 'nobody-listens', 'not-for-you', 'demo-web', ALICE.name]) await at.rows(text).first().waitFor();
    for (const state of ['active', 'completed', 'failed', 'denied', 'terminated']) await at.rows(state).first().waitFor();
    await accessible(at.page, `the list in ${at.theme}`);
  });

  it('says by words and shapes how a session stands; only active ones move, and not for those who want no motion', async () => {
    await at.open();
    const moving = () =>
      at.page.evaluate(() =>
        [...document.querySelectorAll('[role=row]')].map((row) => {
          const marks = [...row.querySelectorAll('[aria-hidden]')].filter((mark) => mark.getAnimations({ subtree: true }).length > 0);
          return { text: row.textContent ?? '', moves: marks.length > 0 };
        }),
      );
    const seen = await moving();
    expect(seen.filter((row) => row.moves).length).toBeGreaterThan(0);
    for (const row of seen.filter((one) => one.moves)) expect(row.text).toContain('active');
    await at.page.emulateMedia({ reducedMotion: 'reduce' });
    expect((await moving()).filter((row) => row.moves)).toEqual([]);
    await at.page.emulateMedia({ reducedMotion: null });
  });

  it('fits its first columns into 1280 pixels', async () => {
    await at.page.evaluate(() => localStorage.removeItem('doorward.columns.sessions'));
    await at.open();
    const over = await at.grid().evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(over).toBeLessThanOrEqual(0);
    expect((await at.headers()).map((one) => one.trim()).filter((one) => one !== '')).toEqual([
      'State', 'User', 'Resource', 'Type', 'Account', 'Client IP', 'Start', 'End', 'Duration', 'Data', 'Do',
    ]);
  });

  it('has a column for everything that is known, and each says what the server knows', async () => {
    await at.open();
    await at.button('Columns').click();
    const boxes = at.page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox');
    // Counting does not wait for the chooser to be drawn.
    await boxes.first().waitFor();
    for (let nth = 0; nth < (await boxes.count()); nth += 1) await boxes.nth(nth).check();
    await accessible(at.page, `the chooser in ${at.theme}`);
    await at.page.keyboard.press('Escape');
    const all = await sessions(at.gateway, 'status=completed');
    const one = all.find((row) => row.resource.name === LONG) as Record<string, never> | undefined;
    if (one === undefined) throw new Error('the session of alice is gone');
    // The columns that were ticked last are drawn a moment later; a cell without a value says so with a dash.
    const text = async (column: string) => {
      let words = '';
      await expect.poll(async () => (words = (await (await at.cell(column, LONG)).innerText()).trim())).not.toBe('');
      return words;
    };
    expect(await text('User')).toBe(ALICE.name);
    expect(await text('Account')).toBe('demo');
    expect(await text('Resource')).toBe(LONG);
    expect(await text('Type')).toBe('SSH');
    expect(await text('Interface')).toBe('CLI');
    expect(await text('Gateway')).toBe('demo-gateway');
    expect(await text('Secret')).toBe('demo-key');
    expect(await text('Client IP')).toBe('127.0.0.1');
    expect(await text('Host')).toMatch(/^127\.0\.0\.1/);
    expect(await text('Session ID')).toContain(one['session_id']);
    expect(await text('End reason')).not.toBe('–');
    expect(await text('Access rule')).toBe('alice');
    for (const [column, field] of [
      ['Requested', 'created_at'],
      ['Start', 'started_at'],
      ['First logon', 'first_logon_at'],
      ['Scheduled end', 'expires_at'],
      ['Actual end', 'ended_at'],
    ] as const) {
      const time = (await at.cell(column, LONG)).locator('time');
      await expect.poll(() => time.getAttribute('datetime')).toBe(one[field]);
      // The exact time with its zone is on hover.
      await expect.poll(() => time.getAttribute('title')).toMatch(/\d\d:\d\d:\d\d .*(UTC|GMT|[A-Z]{3,4})/);
    }
    expect(Date.parse(String(one['created_at']))).toBeLessThanOrEqual(Date.parse(String(one['started_at'])));
    const data = (await at.cell('Data', LONG)).locator('span');
    await expect.poll(() => data.getAttribute('title')).toMatch(/to the resource, .* back/);
    await accessible(at.page, `every column in ${at.theme}`);
    await at.page.getByRole('button', { name: 'Columns' }).click();
    await at.button('Reset columns and widths').click();
    await at.page.keyboard.press('Escape');
  });

  it('keeps a width that was dragged, and the columns that were chosen, over a reload', async () => {
    await at.open();
    const grip = at.page.getByRole('separator', { name: 'Width of Account' });
    const box = await grip.boundingBox();
    if (box === null) throw new Error('the grip is not there');
    await at.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await at.page.mouse.down();
    await at.page.mouse.move(box.x + 60, box.y + box.height / 2, { steps: 5 });
    await at.page.mouse.up();
    const width = Number(await grip.getAttribute('aria-valuenow'));
    expect(width).toBeGreaterThan(130);
    await at.button('Columns').click();
    await at.page.getByRole('checkbox', { name: 'Gateway' }).check();
    await at.page.reload();
    await at.page.getByRole('columnheader', { name: /Gateway/ }).waitFor();
    expect(Number(await grip.getAttribute('aria-valuenow'))).toBe(width);
    await at.button('Columns').click();
    await at.button('Reset columns and widths').click();
    await at.page.keyboard.press('Escape');
  });

  it('sorts by every column on the server, both ways', async () => {
    const asked = new Set<string>();
    const note = (request: Request) => {
      const url = new URL(request.url());
      if (url.pathname === '/v1/sessions') asked.add(url.searchParams.get('sort') ?? '');
    };
    at.page.on('request', note);
    await at.open();
    await at.button('Columns').click();
    const boxes = at.page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox');
    await boxes.first().waitFor();
    for (let nth = 0; nth < (await boxes.count()); nth += 1) await boxes.nth(nth).check();
    await at.page.keyboard.press('Escape');
    await at.page.getByRole('columnheader', { name: 'Session ID' }).waitFor();
    let sorted = 0;
    for (const title of await at.headers()) {
      const head = at.page.getByRole('columnheader').filter({ has: at.page.getByRole('button', { name: title, exact: true }) });
      if (title === '' || (await head.count()) === 0) continue;
      const before = await head.getAttribute('aria-sort');
      await head.getByRole('button', { name: title, exact: true }).click();
      await expect.poll(() => head.getAttribute('aria-sort'), { message: title }).not.toBe(before);
      const first = await head.getAttribute('aria-sort');
      // The list is drawn anew, and the focus is where it was: the other way by a key.
      await expect.poll(() => head.getByRole('button', { name: title, exact: true }).evaluate((element) => element === document.activeElement), { message: title }).toBe(true);
      await at.page.keyboard.press('Enter');
      await expect.poll(() => head.getAttribute('aria-sort'), { message: title }).toBe(first === 'ascending' ? 'descending' : 'ascending');
      sorted += 1;
    }
    expect(sorted).toBeGreaterThan(20);
    await at.rows('demo-web').first().waitFor();
    at.page.off('request', note);
    for (const field of ['state', 'user', 'resource', 'type', 'account', 'client_ip', 'created_at', 'started_at', 'first_logon_at', 'expires_at', 'ended_at', 'duration', 'bytes_up', 'bytes_down', 'gateway', 'end_reason', 'client_interface', 'access_rule', 'profile', 'recording']) {
      for (const way of ['asc', 'desc']) expect([...asked]).toContain(`${field}:${way}`);
    }
    await at.button('Columns').click();
    await at.button('Reset columns and widths').click();
    await at.page.keyboard.press('Escape');
    await at.open('?sort=user:desc');
    const shown = await at.rows(/./).evaluateAll((all) => all.slice(1).map((row) => row.getAttribute('aria-rowindex')));
    expect(shown.length).toBeGreaterThan(4);
    const listed = await sessions(at.gateway, 'status=all&sort=user:desc');
    await expect.poll(() => at.rows(/./).nth(1).innerText()).toContain(listed[0]?.user.name);
  });

  it('is moved through with keys alone: rows, preview, id, search, opening and coming back', async () => {
    await at.open('?status=completed');
    await at.rows('completed').first().waitFor();
    await at.page.keyboard.press('j');
    await at.page.keyboard.press('ArrowDown');
    await at.page.keyboard.press('k');
    await at.page.keyboard.press('Space');
    const preview = at.page.getByRole('complementary', { name: 'Preview' });
    await preview.waitFor();
    await accessible(at.page, `the preview in ${at.theme}`);
    await at.page.keyboard.press('c');
    await at.page.getByText('Session ID copied').first().waitFor();
    const id = await at.page.evaluate(() => navigator.clipboard.readText());
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await expect.poll(() => preview.innerText()).toContain(id);
    await at.page.keyboard.press('Space');
    await preview.waitFor({ state: 'detached' });
    await at.page.keyboard.press('Enter');
    await at.page.waitForURL(new RegExp(id));
    await at.page.goBack();
    await at.page.waitForURL(/status=completed/);
    await at.rows('completed').first().waitFor();
    await at.page.keyboard.press('Enter');
    await at.page.waitForURL(new RegExp(id));
  });

  it('opens the log in a window of its own, and copies the id, from the row', async () => {
    await at.open('?status=completed');
    const [window] = await Promise.all([
      at.visitor.context.waitForEvent('page'),
      at.rows('completed').first().getByRole('button', { name: /Event log/ }).click(),
    ]);
    await window.getByRole('heading', { name: 'Event log' }).waitFor();
    expect(window.url()).toMatch(/\/sessions\/[0-9a-f-]{36}\/log$/);
    await window.close();
    expect(at.page.url()).toContain('status=completed');
    const id = await copied(at.page, () => at.rows('completed').first().getByRole('button', { name: /Copy session ID/ }).click());
    expect(window.url()).toContain(id);
  });

  it('says what is wrong when the server does not answer, and goes on when it does', async () => {
    const broken = await visit(at.browser, { theme: at.theme });
    await broken.page.route('**/v1/sessions?*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ title: 'internal error', status: 500, code: 'internal', detail: 'the database does not answer' }) }));
    await signIn(broken.page, at.gateway, 'admin');
    await broken.page.goto(`${at.gateway.url}/sessions`);
    await broken.page.getByText('The database does not answer').waitFor();
    await accessible(broken.page, `an error in ${at.theme}`);
    await broken.page.unroute('**/v1/sessions?*');
    await broken.page.getByRole('button', { name: /again/i }).click();
    await broken.page.getByRole('grid').getByRole('row').nth(1).waitFor();
    await broken.context.close();
  });

  it('shows what is being loaded, and is whole on a telephone', async () => {
    const phone = await visit(at.browser, { theme: at.theme, width: 390 });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await phone.page.route('**/v1/sessions?*', async (route) => {
      await held;
      await route.continue();
    });
    await signIn(phone.page, at.gateway, 'admin');
    await phone.page.goto(`${at.gateway.url}/sessions`);
    await phone.page.getByText('Loading sessions').waitFor();
    await accessible(phone.page, `loading in ${at.theme}`);
    release();
    await phone.page.getByRole('row').filter({ hasText: LONG }).first().waitFor();
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await accessible(phone.page, `a telephone in ${at.theme}`);
    await phone.context.close();
  });

  it('shows only their own sessions to who has no grant', async () => {
    const owner = await visit(at.browser, { theme: at.theme });
    await signIn(owner.page, at.gateway, 'demo');
    await owner.page.goto(`${at.gateway.url}/sessions`);
    await owner.page.getByRole('row').filter({ hasText: 'demo-host' }).first().waitFor();
    await expect.poll(() => owner.page.getByRole('row').filter({ hasText: ALICE.name }).count()).toBe(0);
    await owner.context.close();
  });
});
