/** How sessions come and go as the console shows it: the ways in, where they come from, on their way in and out, and who looked. */
import { afterAll, expect, it } from 'vitest';
import { Between } from './between.ts';
import { accessible, screenText, signIn, visit } from './browser.ts';
import { bytes } from '../src/format.ts';
import { shows } from './portal.ts';
import { ALICE, LONG, sessions, until } from './scene.ts';
import { Shell } from './shell.ts';
import { inBothThemes, type Place } from './themes.ts';

/** The only network whose PROXY headers count; plain clients come from 127.0.0.1. */
const TRUSTED = '127.0.0.2';
let silent: Between;
const MACHINE = { name: 'nightly-backup', password: 'turns by itself every night' };

inBothThemes(
  'sessions that come and go',
  (at) => {
    afterAll(() => {
      if (at.theme === 'light') silent.stop();
    });

    it('shows a session that is connecting, and what became of it', async () => {
      const waiting = Shell.open(at.gateway, ['true'], { resource: 'silent' });
      await at.open('?status=connecting');
      await at.rows('silent').first().waitFor();
      await expect.poll(() => at.rows('silent').first().innerText()).toContain('connecting');
      await at.button('Waiting').click();
      await at.page.waitForURL(/pending/);
      await at.rows('silent').first().waitFor();
      await at.rows('silent').first().getByText('connecting').click();
      await expect.poll(() => at.state().innerText()).toBe('connecting');
      await accessible(at.page, `connecting in ${at.theme}`);
      await expect.poll(() => at.button('Terminate').count()).toBe(1);
      silent.cut();
      await expect.poll(() => at.state().innerText()).toBe('failed');
      await at.page.getByRole('note').filter({ hasText: 'Failed' }).waitFor();
      await expect.poll(() => at.button('Terminate').count()).toBe(0);
      await waiting.ended;
    });

    it('shows a session that is ending, by whom and why, until it has ended', async () => {
      const shell = await at.shell();
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row.resource.name === 'demo-host'));
      await at.page.goto(`${at.gateway.url}/sessions/${id}`);
      await expect.poll(() => at.state().innerText()).toBe('active');
      await at.menu('End…');
      await at.dialog().getByLabel('Reason').fill(`Enough in ${at.theme}`);
      await at.dialog().getByRole('button', { name: 'End', exact: true }).click();
      // It lasts as long as the grace of five seconds: all is read at once.
      await at.page.getByRole('note').filter({ hasText: 'Ending' }).waitFor();
      const said = await at.page.getByRole('main').innerText();
      expect(said).toMatch(/^ending$/m);
      expect(said).toMatch(new RegExp(`By admin\\. .*Enough in ${at.theme}`));
      await shell.shows(`Enough in ${at.theme}`);
      await shell.ended;
      await expect.poll(() => at.state().innerText()).toBe('canceled');
      await at.open('?status=canceled');
      await at.rows('canceled').first().waitFor();
    });

    it('names the way in: a native client, a terminal and files in the browser', async () => {
      const { page } = at;
      await page.goto(`${at.gateway.url}/connect/demo-host/terminal`);
      await shows(page, 'being recorded');
      await page.goto(`${at.gateway.url}/connect/demo-host/files`);
      await page.getByRole('row').filter({ hasText: 'README.txt' }).waitFor();
      for (const [word, title] of [
        ['cli', 'CLI'],
        ['web_cli', 'Web Portal - CLI'],
        ['web', 'Web Portal - Web'],
      ] as const) {
        await at.open(`?client_interface=${word}`);
        await showColumns(at, ['Interface']);
        await expect.poll(async () => (await (await at.cell('Interface', 'demo-host')).innerText()).trim()).toBe(title);
      }
      // Any of several: the three together are everything.
      await at.open('?client_interface=web,web_cli&status=all');
      const both = await sessions(at.gateway, 'status=all&client_interface=web,web_cli');
      expect(new Set(both.map((row) => row['client_interface']))).toEqual(new Set(['web', 'web_cli']));
      await page.getByText(`${both.length} sessions`).first().waitFor();
    });

    it('counts bytes both ways, in the list and on the page of the session', async () => {
      const one = (await sessions(at.gateway, 'status=completed')).find((row) => row.resource.name === 'demo-web');
      if (one === undefined) throw new Error('the session over TCP is gone');
      const [up, down] = [bytes(Number(one['bytes_up'])), bytes(Number(one['bytes_down']))];
      // The request that was sent has 63 bytes: no protocol of ours is counted in.
      expect(up).toBe('63 B');
      await at.open('?type=tcp');
      await showColumns(at, ['Data up', 'Data down']);
      await expect.poll(async () => (await (await at.cell('Data up', 'completed')).innerText()).trim()).toBe(up);
      expect((await (await at.cell('Data down', 'completed')).innerText()).trim()).toBe(down);
      await expect.poll(async () => (await at.cell('Data', 'completed')).locator('span').getAttribute('title')).toBe(`${up} to the resource, ${down} back`);
      await at.page.goto(`${at.gateway.url}/sessions/${one.session_id}`);
      await expect.poll(() => at.metric('Data').innerText()).toBe(`↑ ${up} · ↓ ${down}`);
      await at.tab('Information').click();
      const connection = at.panel().locator('dl').filter({ hasText: `↑ ${up} · ↓ ${down}` }).last();
      for (const words of ['127.0.0.1', /\d\d:\d\d:\d\d .* – .*\d\d:\d\d:\d\d/s, /closed/]) await connection.filter({ hasText: words }).waitFor();
    });

    it('shows where a client really is behind a trusted balancer, and believes nobody else', async () => {
      const source = at.theme === 'dark' ? '203.0.113.7' : '203.0.113.8';
      const balancer = await Between.balancer(at.gateway.ready.ssh, TRUSTED, source);
      await Shell.open(at.gateway, ['true'], { via: balancer.port }).ended;
      balancer.stop();
      await at.open(`?client_ip=${source}`);
      await expect.poll(async () => (await (await at.cell('Client IP', 'demo-host')).innerText()).trim()).toBe(source);
      await at.rows('demo-host').first().getByText('completed').click();
      await expect.poll(() => at.metric('Client IP').innerText()).toBe(source);
      const liar = await Between.balancer(at.gateway.ready.ssh, '127.0.0.1', '203.0.113.99');
      expect(await Shell.open(at.gateway, ['true'], { via: liar.port }).ended).not.toBe(0);
      liar.stop();
      expect(await sessions(at.gateway, 'status=all&client_ip=203.0.113.99')).toEqual([]);
    });

    it('leads from a row to the pages of its user and its resource, and from the session to its audit log, which says who looked', async () => {
      const shell = await at.shell();
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row.resource.name === 'demo-host'));
      await at.open('?status=active');
      await at.rows('demo-host').first().getByRole('link', { name: 'demo', exact: true }).click();
      await at.page.waitForURL(/\/manage\/user\/demo\?tab=sessions/);
      await at.rows('nobody-listens').first().waitFor();
      await expect.poll(() => at.rows(ALICE.name).count()).toBe(0);
      await at.page.goBack();
      await at.rows('demo-host').first().getByRole('link', { name: 'demo-host', exact: true }).click();
      await at.page.waitForURL(/\/manage\/resource\/demo-host\?tab=sessions/);
      await at.page.goto(`${at.gateway.url}/sessions/${id}`);
      shell.type('echo looked-$((1+1))\n');
      await expect.poll(() => screenText(at.page), { timeout: 15_000 }).toContain('looked-2');
      shell.type('exit\n');
      await shell.ended;
      await at.page.getByRole('group', { name: 'Playback' }).waitFor({ timeout: 15_000 });
      await at.menu('Audit log of this session');
      await at.page.waitForURL(new RegExp(`/audit\\?session=${id}`));
      for (const event of ['session.created', 'session.logged_in', 'session.watched', 'recording.played']) await at.page.getByRole('row').filter({ hasText: event }).first().waitFor();
      await expect.poll(() => at.page.getByRole('row').filter({ hasText: 'session.watched' }).first().innerText()).toContain('admin');
      await accessible(at.page, `the audit log of a session in ${at.theme}`);
    });

    it('lists on the pages of a machine, a group, a rule, an account and a gateway their sessions, and no others', async () => {
      expect(await Shell.open(at.gateway, ['true'], { user: MACHINE }).ended).toBe(0);
      for (const [page, others] of [
        [`user/${MACHINE.name}`, false],
        ['group/machines', false],
        ['access_rule/machines', false],
        ['account/demo-account', true],
      ] as const) {
        await at.page.goto(`${at.gateway.url}/manage/${page}?tab=sessions`);
        await at.rows(MACHINE.name).first().waitFor();
        if (others) await at.rows(ALICE.name).first().waitFor();
        else await expect.poll(() => at.rows(ALICE.name).count()).toBe(0);
        await accessible(at.page, `the sessions of ${page} in ${at.theme}`);
      }
      await at.page.goto(`${at.gateway.url}/gateways/demo-gateway?tab=sessions`);
      for (const name of [MACHINE.name, ALICE.name]) await at.rows(name).first().waitFor();
      // Who joins a group brings their sessions along.
      await at.page.goto(`${at.gateway.url}/manage/group/machines?tab=sessions`);
      await at.rows(MACHINE.name).first().waitFor();
      await at.gateway.api('PUT', '/v1/objects/group/machines', { spec: { members: [MACHINE.name, ALICE.name] } });
      await at.page.getByRole('button', { name: /refresh/i }).first().click();
      await at.rows(ALICE.name).first().waitFor();
      await at.gateway.api('PUT', '/v1/objects/group/machines', { spec: { members: [MACHINE.name] } });
    });

    it('locks all of a user at once: every session of theirs, and the way in', async () => {
      const user = ALICE;
      const shell = await at.shell({ user, resource: LONG });
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row.user.name === user.name));
      await at.page.goto(`${at.gateway.url}/sessions/${id}`);
      await at.button('Lock').click();
      await at.dialog().getByLabel('What it covers').first().click();
      await at.page.getByRole('option', { name: /user/i }).click();
      await at.dialog().getByRole('button', { name: 'Lock' }).click();
      await expect.poll(() => at.state().innerText()).toBe('locked');
      const refused = Shell.open(at.gateway, ['true'], { user, resource: LONG });
      expect(await refused.ended).not.toBe(0);
      await at.button('Unlock').click();
      await at.dialog().getByRole('button', { name: 'Unlock' }).click();
      await expect.poll(() => at.state().innerText()).toBe('active');
      expect(await Shell.open(at.gateway, ['true'], { user, resource: LONG }).ended).toBe(0);
      shell.type('exit\n');
      await shell.ended;
    });

    it('offers nobody else in the filters of who has no grant, and no orders to who may only look', async () => {
      const owner = await visit(at.browser, { theme: at.theme });
      await signIn(owner.page, at.gateway, ALICE.name, ALICE.password);
      await owner.page.goto(`${at.gateway.url}/sessions`);
      await owner.page.getByRole('row').filter({ hasText: LONG }).first().waitFor();
      await expect.poll(() => owner.page.getByRole('row').filter({ hasText: 'demo-host' }).count()).toBe(0);
      await owner.page.getByRole('button', { name: 'More filters' }).click();
      const choices = owner.page.getByRole('dialog', { name: 'More filters' }).getByRole('checkbox');
      await choices.first().waitFor();
      await expect.poll(() => choices.count()).toBe(1);
      await owner.context.close();
      await at.shell();
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows[0]);
      const auditor = await visit(at.browser, { theme: at.theme });
      await signIn(auditor.page, at.gateway, 'auditor', 'long enough for a test');
      await auditor.page.goto(`${at.gateway.url}/sessions/${id}`);
      await auditor.page.getByRole('status', { name: 'State' }).getByText('active').waitFor();
      for (const name of ['Lock', 'Terminate', 'End']) await expect.poll(() => auditor.page.getByRole('button', { name, exact: true }).count()).toBe(0);
      await auditor.context.close();
    });
  },
  async (gateway) => {
    silent = await Between.silent();
    const host = (await gateway.api('GET', '/v1/objects/resource/demo-host')) as { spec: Record<string, unknown> };
    await gateway.api('POST', '/v1/apply', {
      documents: [
        { kind: 'user', name: MACHINE.name, spec: { password: MACHINE.password } },
        { kind: 'group', name: 'machines', spec: { members: [MACHINE.name] } },
        { kind: 'access_rule', name: 'machines', spec: { groups: ['machines'], resources: { names: ['demo-host'] }, accounts: ['demo-account'], profile: 'demo' } },
      ],
    });
    await gateway.api('PUT', '/v1/objects/resource/silent', { spec: { ...host.spec, port: silent.port, description: 'Takes connections and says nothing' } });
    await gateway.api('PUT', '/v1/objects/account/demo-account', { spec: { login: 'demo', resources: { labels: {}, names: ['demo-host', LONG, 'nobody-listens', 'not-for-you', 'silent'] }, secret: 'demo-key' } });
  },
  { DOORWARD_PROXY_PROTOCOL_FROM: `${TRUSTED}/32` },
);

/** Has columns shown that are not at first. */
async function showColumns(at: Place, titles: string[]): Promise<void> {
  await at.button('Columns').click();
  for (const title of titles) await at.page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox', { name: title, exact: true }).check();
  await at.page.keyboard.press('Escape');
  for (const title of titles) await at.page.getByRole('columnheader').filter({ has: at.page.getByText(title, { exact: true }) }).waitFor();
}
