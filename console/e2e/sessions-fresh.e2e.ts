/** The list of sessions: how it stays fresh, and what can be done with several rows at once. */
import type { Request } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessible, signIn, visit } from './browser.ts';
import { ALICE, LONG, sessions, until } from './scene.ts';
import { inBothThemes } from './themes.ts';

inBothThemes('fresh sessions', (at) => {
  it('is told of a change within a second, and counts new rows instead of moving others under the hand', async () => {
    await at.open();
    const status = at.page.getByRole('status').filter({ hasText: /\d+ sessions/ });
    const before = Number(/[\d,]+/.exec(await status.innerText())?.[0].replace(',', ''));
    await at.page.getByText('Live', { exact: true }).waitFor();
    await at.grid().hover();
    const one = await at.shell();
    const fresh = at.page.getByRole('button', { name: '1 new' });
    await fresh.waitFor();
    await fresh.click();
    await fresh.waitFor({ state: 'detached' });
    await expect.poll(async () => Number(/[\d,]+/.exec(await status.innerText())?.[0].replace(',', ''))).toBe(before + 1);
    const [running] = await sessions(at.gateway, 'status=active&sort=created_at:desc');
    const id = running?.session_id ?? '';
    await at.page.mouse.move(0, 0);
    const ticking = at.rows('active').first();
    const duration = async () => (await (await at.cell('Duration', 'active')).innerText()).trim();
    const early = await duration();
    await expect.poll(duration, { timeout: 4000 }).not.toBe(early);
    await ticking.waitFor();
    const count = await at.rows('active').count();
    await at.gateway.api('POST', `/v1/sessions/${id}:terminate`, { reason: 'a test' });
    const asked = Date.now();
    await expect.poll(() => at.rows('active').count(), { interval: 50 }).toBe(count - 1);
    expect(Date.now() - asked).toBeLessThan(2500);
    await one.ended;
  });

  it('asks every 20 seconds while nothing is pushed, not at all in a hidden tab, and at once when it is seen again', async () => {
    const poll = await visit(at.browser, { theme: at.theme });
    await poll.page.route('**/v1/sessions/stream', (route) => route.abort());
    await poll.page.clock.install();
    const asked: string[] = [];
    poll.page.on('request', (request: Request) => {
      if (/\/v1\/sessions\?/.test(request.url())) asked.push(request.url());
    });
    await signIn(poll.page, at.gateway, 'admin');
    await poll.page.goto(`${at.gateway.url}/sessions`);
    await poll.page.getByRole('grid').getByRole('row').nth(1).waitFor();
    await poll.page.getByText('Every 20 s').waitFor();
    const first = asked.length;
    await poll.page.clock.runFor(19_000);
    expect(asked.length).toBe(first);
    await poll.page.clock.runFor(2000);
    await expect.poll(() => asked.length).toBe(first + 1);
    const hide = (hidden: boolean) =>
      poll.page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await poll.page.getByText('Paused').waitFor();
    await poll.page.clock.runFor(90_000);
    expect(asked.length).toBe(first + 1);
    await hide(false);
    await expect.poll(() => asked.length).toBe(first + 2);
    await poll.context.close();
  });

  it('is refreshed by hand with filters, order, place and ticks as they were', async () => {
    await at.open('?sort=user:asc');
    await at.page.setViewportSize({ width: 1280, height: 360 });
    await at.page.getByRole('checkbox', { name: /^Select demo →/ }).first().check();
    await at.grid().evaluate((element) => {
      element.scrollTop = 40;
    });
    const scroll = () => at.grid().evaluate((element) => element.scrollTop);
    await expect.poll(scroll).toBe(40);
    const asked = at.page.waitForResponse((response) => response.url().includes('/v1/sessions?'));
    await at.button('Refresh').click();
    await asked;
    await at.page.getByText(/updated \d\d:\d\d:\d\d/).waitFor();
    expect(await scroll()).toBe(40);
    expect(at.page.url()).toContain('sort=user:asc');
    await at.page.getByText('1 selected').waitFor();
    await at.button('Clear selection').click();
    await at.page.setViewportSize({ width: 1280, height: 800 });
  });

  it('locks and ends several at once, after a confirmation that names them, and lists what failed', async () => {
    const both = [await at.shell(), await at.shell({ user: ALICE, resource: LONG })];
    await at.open('?status=logged_in,locked');
    await expect.poll(() => at.rows(/active/).count()).toBeGreaterThanOrEqual(2);
    await at.rows(LONG).getByRole('checkbox').first().check();
    await at.rows('demo-host').getByRole('checkbox').first().check();
    await at.page.getByText('2 selected').waitFor();
    await at.page.getByRole('region', { name: 'Selected sessions' }).getByRole('button', { name: 'Lock' }).click();
    const dialog = at.page.getByRole('dialog');
    await dialog.getByText('Lock 2 sessions?').waitFor();
    await expect.poll(() => dialog.getByRole('list').innerText()).toContain(`${ALICE.name} → demo@${LONG}`);
    await expect.poll(() => dialog.getByRole('list').innerText()).toContain('demo → demo@demo-host');
    await accessible(at.page, `the confirmation in ${at.theme}`);
    await dialog.getByLabel('Message to the user').fill('Please wait');
    await dialog.getByRole('button', { name: 'Lock 2 sessions' }).click();
    await at.page.getByText('2 sessions locked').first().waitFor();
    await expect.poll(() => at.rows('locked').count()).toBeGreaterThanOrEqual(2);
    for (const one of both) await one.shows('Please wait');
    // Another administrator is faster with one of them.
    const [alices] = (await sessions(at.gateway, 'status=locked')).filter((row) => row.user.name === ALICE.name);
    await at.page.route('**/v1/sessions:unlock', async (route) => {
      await at.gateway.api('POST', `/v1/sessions/${alices?.session_id}:terminate`, { reason: 'faster' });
      await until(at.gateway, 'status=terminated', (all) => all.find((row) => row.session_id === alices?.session_id));
      await route.continue();
    });
    await at.page.getByRole('region', { name: 'Selected sessions' }).getByRole('button', { name: 'Unlock' }).click();
    await dialog.getByRole('button', { name: 'Unlock 2 sessions' }).click();
    await dialog.getByText('1 of 2 could not be unlocked').waitFor();
    await expect.poll(() => dialog.getByRole('note').innerText()).toContain(ALICE.name);
    await accessible(at.page, `what failed in ${at.theme}`);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await at.page.unroute('**/v1/sessions:unlock');
    await at.page.getByRole('region', { name: 'Selected sessions' }).getByRole('button', { name: /^End/ }).click();
    await dialog.getByLabel('Reason').fill('Enough for today');
    await dialog.getByRole('button', { name: /^End/ }).click();
    await both[0]?.shows('Enough for today');
    await both[0]?.ended;
  });

  it('terminates one from the list, with a reason that the user reads', async () => {
    const one = await at.shell({ user: ALICE, resource: LONG });
    await at.open('?status=active');
    await at.rows(LONG).getByRole('checkbox').first().check();
    await at.page.getByRole('region', { name: 'Selected sessions' }).getByRole('button', { name: 'Terminate' }).click();
    const dialog = at.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill(`A cut in ${at.theme}`);
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    await one.shows(`A cut in ${at.theme}`);
    await one.ended;
    await until(at.gateway, 'status=terminated', (all) => all.find((row) => row['end_message'] === `A cut in ${at.theme}`));
  });

  it('starts what is available from its row, and tells the line for a native client', async () => {
    const ready = await visit(at.browser, { theme: at.theme });
    // Nothing that a client of today does leaves a session available: the answer is changed on its way.
    await ready.page.route('**/v1/sessions?*', async (route) => {
      const answer = await route.fetch();
      const list = (await answer.json()) as { sessions: { state: string; resource: { name: string } }[] };
      for (const one of list.sessions) if (one.resource.name === 'demo-host') one.state = 'available';
      await route.fulfill({ response: answer, json: list });
    });
    await ready.page.route('**/v1/connect', async (route) => route.fulfill({ json: { resources: [{ name: 'demo-host', type: 'ssh', medium: 'terminal', account: 'demo', profile: 'demo', description: '', command: 'ssh demo:demo-host@gateway' }] } }));
    await signIn(ready.page, at.gateway, 'admin');
    await ready.page.goto(`${at.gateway.url}/sessions`);
    const start = ready.page.getByRole('row').filter({ hasText: 'available' }).first().getByRole('link', { name: 'Start demo-host' });
    await expect.poll(() => start.getAttribute('title')).toContain('ssh demo:demo-host@gateway');
    await accessible(ready.page, `available in ${at.theme}`);
    await start.click();
    await ready.page.waitForURL((url) => !url.pathname.startsWith('/sessions'));
    await ready.context.close();
  });
});
