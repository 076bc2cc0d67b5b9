/** One session from its first screen to its replay: live, looked back into, locked, extended, cut, played. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { accessible, copied, screenText, signIn, visit } from './browser.ts';
import { ALICE, until } from './scene.ts';
import type { Shell } from './shell.ts';
import { inBothThemes } from './themes.ts';

inBothThemes('one session', (at) => {
  let shell: Shell;
  let id: string;

  beforeAll(async () => {
    shell = await at.shell();
    id = (await until(at.gateway, 'status=active', (rows) => rows.find((one) => one.resource.name === 'demo-host'))).session_id;
  });

  it('opens by a click on its row, live, with the screen as it is', async () => {
    shell.type('PS1="$ "; echo before-$((6*7))\n');
    await shell.shows('before-42');
    await at.page.goto(`${at.gateway.url}/sessions?status=active`);
    await at.page.getByRole('row').filter({ hasText: 'demo-host' }).first().click();
    await at.page.waitForURL(new RegExp(id));
    await expect.poll(() => screenText(at.page), { timeout: 15_000 }).toContain('before-42');
    const typed = Date.now();
    shell.type('echo after-$((2+3))\n');
    await expect.poll(() => screenText(at.page), { timeout: 5000, interval: 50 }).toContain('after-5');
    expect(Date.now() - typed).toBeLessThan(2500);
    await accessible(at.page, `live in ${at.theme}`);
  });

  it('shows duration, data, client and times together, and they go on by themselves', async () => {
    const duration = await at.metric('Duration').innerText();
    const data = await at.metric('Data').innerText();
    expect(data).toMatch(/↑ .* ↓ /);
    await expect.poll(() => at.metric('Client IP').innerText()).toBe('127.0.0.1');
    await expect.poll(() => at.metric('Start').innerText()).toMatch(/\d\d:\d\d:\d\d (UTC|GMT|[A-Z]{2,5})/);
    await expect.poll(() => at.metric('End').innerText()).toMatch(/running, due in/);
    shell.type('seq 1 3000\n');
    await expect.poll(() => at.metric('Duration').innerText(), { timeout: 10_000 }).not.toBe(duration);
    await expect.poll(() => at.metric('Data').innerText(), { timeout: 30_000 }).not.toBe(data);
  });

  it('leads to the user, to the resource and to what is on record of it', async () => {
    const head = at.page.getByRole('heading', { level: 1 });
    await expect.poll(() => head.getByRole('link', { name: 'demo', exact: true }).getAttribute('href')).toMatch(/user=demo/);
    await expect.poll(() => head.getByRole('link', { name: 'demo-host' }).getAttribute('href')).toMatch(/resource\/demo-host/);
    await at.tab('Information').click();
    for (const name of ['Session ID', 'Status', 'User', 'Resource', 'Type', 'Host', 'Client IP', 'Access rule', 'Profile']) {
      const text = await copied(at.page, () => at.panel().getByRole('button', { name: `Copy ${name}`, exact: true }).click());
      if (name === 'Session ID') expect(text).toBe(id);
    }
    await expect.poll(() => at.panel().getByRole('link', { name: /Audit log/ }).getAttribute('href')).toContain(id);
    await accessible(at.page, `information in ${at.theme}`);
    await at.tab('Activity').click();
  });

  it('looks back while the session goes on, and returns to now', async () => {
    shell.type('clear; echo newest-$((50+5))\n');
    await expect.poll(() => screenText(at.page), { timeout: 10_000 }).toContain('newest-55');
    const command = at.panel().getByRole('button', { name: /before-/ });
    await command.click();
    await at.page.getByText('An earlier moment; the session goes on').waitFor();
    await expect.poll(() => screenText(at.page), { timeout: 15_000 }).not.toContain('newest-55');
    await accessible(at.page, `looking back in ${at.theme}`);
    await at.button('Go live').click();
    await expect.poll(() => screenText(at.page), { timeout: 15_000 }).toContain('newest-55');
    await at.button('Rewind').click();
    await at.page.getByText('An earlier moment; the session goes on').waitFor();
    await at.button('Go live').click();
    await at.button('Rewind').waitFor();
  });

  it('locks with a message, and unlocks: what was typed meanwhile is gone', async () => {
    await at.button('Lock').click();
    const dialog = at.page.getByRole('dialog');
    await dialog.getByLabel('Message to the user').fill(`Call the desk ${at.theme}`);
    await accessible(at.page, `the lock dialog in ${at.theme}`);
    await dialog.getByRole('button', { name: 'Lock' }).click();
    await expect.poll(() => at.state().innerText()).toBe('locked');
    await shell.shows(`Call the desk ${at.theme}`);
    await at.page.getByRole('note').filter({ hasText: 'Locked by admin' }).waitFor();
    await accessible(at.page, `locked in ${at.theme}`);
    shell.type(`touch lost-${at.theme}-$((1+1))\n`);
    await at.button('Unlock').click();
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(() => at.state().innerText()).toBe('active');
    shell.type(`ls lost-${at.theme}-2; echo again-$((3*3))\n`);
    await shell.shows('again-9');
    expect(shell.output).toMatch(new RegExp(`lost-${at.theme}-2.*No such file|cannot access`, 's'));
  });

  it('extends: the scheduled end moves, and the log has the old and the new one', async () => {
    const before = await at.gateway.api('GET', `/v1/sessions/${id}`) as { expires_at: string };
    await at.menu('Extend…');
    const dialog = at.page.getByRole('dialog');
    await dialog.getByLabel('Minutes').fill('45');
    await dialog.getByRole('button', { name: 'Extend' }).click();
    await at.page.getByText('Session extended').first().waitFor();
    const after = await at.gateway.api('GET', `/v1/sessions/${id}`) as { expires_at: string };
    expect(Date.parse(after.expires_at) - Date.parse(before.expires_at)).toBe(45 * 60_000);
    await at.tab('Timeline').click();
    await at.panel().getByText('Extended').first().waitFor();
    await at.panel().getByText('expires at:').first().waitFor();
    await accessible(at.page, `the timeline in ${at.theme}`);
    await at.tab('Activity').click();
  });

  it('keeps secrets out of what is shown', async () => {
    // What is typed must not look like what it prints: the question has to be there before it is answered.
    shell.type('read -s -p "Co""de: " code; echo; echo read-$((1+1))\n');
    await shell.shows('Code: ');
    shell.type(`swordfish-${at.theme}\n`);
    await shell.shows('read-2');
    shell.type('echo typed-$((4+4))\n');
    await shell.shows('typed-8');
    await at.panel().getByRole('button', { name: /typed-/ }).waitFor();
    expect(await at.page.locator('body').innerText()).not.toContain(`swordfish-${at.theme}`);
    for (const part of ['activity', 'events', 'timeline', 'export?as=asciicast', 'export?as=txt', 'export?as=json']) {
      const answer = await fetch(`${at.gateway.url}/v1/sessions/${id}/${part}`, { headers: { Authorization: `Bearer ${at.gateway.user('admin').token}` } });
      expect(await answer.text(), part).not.toContain(`swordfish-${at.theme}`);
    }
  });

  it('terminates with a reason: cut at once, marked, and the recording plays to the last moment', async () => {
    shell.type('echo last-$((7*7))\n');
    await shell.shows('last-49');
    await at.button('Terminate').click();
    const dialog = at.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Use the change window');
    const asked = Date.now();
    await dialog.getByRole('button', { name: 'Terminate' }).click();
    await shell.ended;
    expect(Date.now() - asked).toBeLessThan(2500);
    await expect.poll(() => at.state().innerText()).toBe('terminated');
    await at.page.getByText('Use the change window').first().waitFor();
    await at.page.getByRole('group', { name: 'Playback' }).waitFor({ timeout: 15_000 });
    expect(Date.now() - asked).toBeLessThan(12_000);
    const strip = at.page.getByLabel('Position in the recording');
    await strip.focus();
    await at.page.keyboard.press('End');
    await expect.poll(() => screenText(at.page), { timeout: 15_000 }).toContain('last-49');
    await accessible(at.page, `the replay in ${at.theme}`);
  });

  it('plays from a command, follows in the log without drift, with and without idle time, at another speed', async () => {
    const command = at.panel().getByRole('button', { name: /after-/ });
    await command.click();
    await expect.poll(() => command.getAttribute('aria-current')).toBe('true');
    await expect.poll(() => screenText(at.page), { timeout: 10_000 }).toContain('before-42');
    expect(await screenText(at.page)).not.toContain('newest-55');
    const position = async () => Number(await at.page.getByLabel('Position in the recording').inputValue());
    const here = await position();
    // The same moment with the other clock.
    await at.page.getByRole('switch', { name: 'Skip idle' }).click();
    await expect.poll(() => screenText(at.page), { timeout: 10_000 }).toContain('before-42');
    expect(Math.abs((await position()) - here)).toBeLessThan(1000);
    await at.page.getByRole('switch', { name: 'Skip idle' }).click();
    await at.page.getByLabel('Speed').selectOption('4');
    await at.button('Play (space)').click();
    await expect.poll(() => screenText(at.page), { timeout: 20_000 }).toContain('newest-55');
    const current = at.panel().locator('[aria-current=true]');
    await expect.poll(() => current.count()).toBe(1);
    await at.button('Pause (space)').click();
    await at.page.getByLabel('Speed').selectOption('1');
    // By keys alone: command before, five seconds back, play and pause.
    await at.page.locator('body').click({ position: { x: 5, y: 5 } });
    await at.page.keyboard.press('[');
    await at.page.keyboard.press('ArrowLeft');
    await at.page.keyboard.press('Space');
    await at.button('Pause (space)').waitFor();
    await at.page.keyboard.press('Space');
    await at.button('Play (space)').waitFor();
  });

  it('shows what each command printed, and searches in it', async () => {
    const command = at.panel().getByRole('listitem').filter({ hasText: 'after-' }).first();
    await command.getByRole('button', { name: 'Show the output' }).click();
    await expect.poll(() => command.locator('pre').innerText()).toContain('after-5');
    expect(await copied(at.page, () => command.getByRole('button', { name: 'Copy output' }).click())).toContain('after-5');
    await accessible(at.page, `output in ${at.theme}`);
    await at.page.getByLabel('Search in commands and output').fill('after-5');
    await expect.poll(() => at.panel().getByRole('listitem').count()).toBe(1);
    await at.page.getByLabel('Search in commands and output').fill('no such thing at all');
    await at.panel().getByText('Nothing found').waitFor();
    await at.page.getByLabel('Search in commands and output').fill('');
    await at.panel().getByLabel('Kind').selectOption('note');
    await at.panel().getByText(/locked by admin/).first().waitFor();
    await at.panel().getByLabel('Kind').selectOption('');
  });

  it('has a link to the moment that works for an auditor, and not for a stranger', async () => {
    await at.panel().getByRole('button', { name: /after-/ }).click();
    const link = await copied(at.page, () => at.button('Copy the link to this moment').click());
    expect(link).toMatch(/\/sessions\/[0-9a-f-]{36}\/replay\?t=/);
    const auditor = await visit(at.browser, { theme: at.theme });
    await auditor.page.goto(link);
    await auditor.page.waitForURL(/\/sign-in/);
    await signIn(auditor.page, at.gateway, 'auditor', 'long enough for a test');
    await auditor.page.waitForURL(/\/replay\?t=/);
    await expect.poll(() => screenText(auditor.page), { timeout: 15_000 }).toContain('before-42');
    expect(await screenText(auditor.page)).not.toContain('newest-55');
    await expect.poll(() => auditor.page.getByRole('button', { name: 'Terminate', exact: true }).count()).toBe(0);
    await auditor.context.close();
    const stranger = await visit(at.browser, { theme: at.theme });
    await stranger.page.goto(link);
    await stranger.page.waitForURL(/\/sign-in/);
    await signIn(stranger.page, at.gateway, ALICE.name, ALICE.password);
    await stranger.page.getByRole('alert').getByText(/not found/i).first().waitFor();
    await accessible(stranger.page, `what one may not see in ${at.theme}`);
    await stranger.context.close();
  });

  it('tells its life as a strip and as a list, with who and when', async () => {
    await at.tab('Timeline').click();
    const list = at.panel().getByRole('list').first();
    for (const words of [/^Created/, /^Logged in/, /^Locked/, /^Unlocked/, /^Extended/, /^Terminat/]) await list.getByText(words).first().waitFor();
    await expect.poll(() => list.innerText()).toContain('by admin');
    await at.panel().getByRole('img', { name: /The life of the session/ }).waitFor();
    await accessible(at.page, `the timeline of an ended session in ${at.theme}`);
  });

  it('has the event log in its own window, by level, words and dates, and as CSV', async () => {
    const [log] = await Promise.all([at.visitor.context.waitForEvent('page'), at.menu('Event log in its own window')]);
    await log.getByRole('heading', { name: 'Event log' }).waitFor();
    expect(log.url()).toContain(`/sessions/${id}/log`);
    // Changes are lists within the lines.
    const lines = log.getByRole('list', { name: 'Event log' }).locator('> li');
    await lines.first().waitFor();
    const all = await lines.count();
    await expect.poll(() => lines.first().innerText()).toMatch(/^\d+/);
    await accessible(log, `the event log in ${at.theme}`);
    await log.getByLabel('Search in the event log').fill('unlock');
    await expect.poll(() => lines.count()).toBeLessThan(all);
    await lines.filter({ hasText: /unlocked/i }).first().waitFor();
    await log.getByLabel('Search in the event log').fill('');
    await expect.poll(() => lines.count()).toBe(all);
    await log.getByLabel('Level').selectOption('error');
    await log.getByText('Nothing found').waitFor();
    await log.getByLabel('Level').selectOption('');
    await log.getByLabel('From').fill('2035-01-01T00:00');
    await log.getByText('Nothing found').waitFor();
    await accessible(log, `an empty event log in ${at.theme}`);
    await log.getByLabel('From').fill('');
    await log.getByLabel('To').fill('2035-01-01T00:00');
    await expect.poll(() => lines.count()).toBe(all);
    const [file] = await Promise.all([log.waitForEvent('download'), log.getByRole('button', { name: 'Save as CSV' }).click()]);
    const csv = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect(csv[0]).toBe('number,at,level,kind,actor,message,changes');
    expect(csv.length).toBe(all + 1);
    await log.close();
  });
});
