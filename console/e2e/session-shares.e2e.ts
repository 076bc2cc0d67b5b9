/** A session that is shown to chosen people, as it is and as it was, until it is taken back. */
import { beforeAll, expect, it } from 'vitest';
import { accessible, fits, screenText, signIn, visit, type Visitor } from './browser.ts';
import { ALICE, until } from './scene.ts';
import { Shell } from './shell.ts';
import { inBothThemes } from './themes.ts';

const STRANGER = { name: 'sam', password: 'sees nothing of others' };

inBothThemes(
  'a session that is shared',
  (at) => {
    let chosen: Visitor;
    beforeAll(async () => {
      chosen = await visit(at.browser, { theme: at.theme, width: 390 });
      await signIn(chosen.page, at.gateway, ALICE.name, ALICE.password);
      return async () => {
        expect(chosen.complaints).toEqual([]);
        await chosen.context.close();
      };
    });

    it('is opened by a link that only the chosen can use, until it is taken back', async () => {
      const { page } = at;
      await Shell.open(at.gateway, [`echo seen by few in ${at.theme}`]).ended;
      const { session_id: session } = await until(at.gateway, 'status=all&sort=created_at:desc&limit=1', ([first]) => ((first?.['recording'] as { state: string } | undefined)?.state === 'available' ? first : undefined));
      await page.goto(`${at.gateway.url}/sessions/${session}`);
      await at.menu('Share…');
      const dialog = page.getByRole('dialog', { name: 'Share this session' });
      await dialog.getByLabel('People').fill(ALICE.name);
      await page.keyboard.press('Enter');
      await accessible(page, `sharing in ${at.theme}`);
      await dialog.getByRole('button', { name: 'Share', exact: true }).click();
      await dialog.getByText(/\/shared\//).first().waitFor();
      const link = /\S+\/shared\/[0-9a-f-]{36}/.exec(await dialog.innerText())?.[0] ?? '';
      expect(link).toContain('/shared/');
      await accessible(page, `the link of a share in ${at.theme}`);
      await dialog.getByRole('button', { name: 'Done' }).click();
      const stranger = await visit(at.browser, { theme: at.theme });
      await signIn(stranger.page, at.gateway, STRANGER.name, STRANGER.password);
      await stranger.page.goto(link);
      await stranger.page.getByText(/nothing here/i).first().waitFor();
      await accessible(stranger.page, `a share that is not for one in ${at.theme}`);
      await stranger.context.close();
      // The chosen sees what was done, and takes nothing out.
      await chosen.page.goto(link);
      await chosen.page.getByText(`echo seen by few in ${at.theme}`).first().waitFor();
      expect(chosen.page.url()).toContain(`/sessions/${session}`);
      await chosen.page.getByRole('button', { name: 'More', exact: true }).click();
      await chosen.page.getByRole('menuitem', { name: 'Copy session ID' }).waitFor();
      expect(await chosen.page.getByRole('menuitem', { name: /Recording|Text|JSON|tape|Share/ }).count()).toBe(0);
      await chosen.page.keyboard.press('Escape');
      await fits(chosen.page);
      // The page says who has looked; taken back, it is gone.
      await page.goto(`${at.gateway.url}/sessions/${session}?tab=info`);
      await page.getByText(`opened by ${ALICE.name}`).waitFor();
      await at.button('Take back').click();
      await page.getByText('taken back by admin').waitFor();
      await accessible(page, `shares in ${at.theme}`);
      await chosen.page.goto(`${at.gateway.url}/sessions/${session}`);
      await chosen.page.getByText(/nothing here/i).first().waitFor();
    });

    it('is seen no longer by who watches it live, as soon as it is taken back', async () => {
      const { page } = chosen;
      const shell = await at.shell();
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row.resource.name === 'demo-host'));
      const share = (await at.gateway.api('POST', `/v1/sessions/${id}/shares`, { users: [ALICE.name] })) as { id: string; link: string };
      await page.goto(`${at.gateway.url}${share.link}`);
      shell.type('echo seen-$((1+1))\n');
      await expect.poll(() => screenText(page)).toContain('seen-2');
      // A line of its own, which does not end because the page ends it.
      await page.evaluate((path) => {
        const seen = { text: '', code: 0, reason: '' };
        Object.assign(window, { seen });
        const line = new WebSocket(`${location.origin.replace('http', 'ws')}${path}`, 'v1.alis');
        line.binaryType = 'arraybuffer';
        line.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => (seen.text += new TextDecoder().decode(data)));
        line.addEventListener('close', ({ code, reason }) => Object.assign(seen, { code, reason }));
      }, `/v1/sessions/${id}/live`);
      const seen = () => page.evaluate(() => (window as unknown as { seen: { text: string; code: number; reason: string } }).seen);
      await expect.poll(async () => (await seen()).text).toContain('seen-2');
      const taken = Date.now();
      await at.gateway.api('DELETE', `/v1/sessions/${id}/shares/${share.id}`);
      await expect.poll(seen, { interval: 100 }).toMatchObject({ code: 4000, reason: 'not_found' });
      expect(Date.now() - taken).toBeLessThan(5000);
      // Nor does the page keep what it had, or get what comes.
      await page.getByText(/nothing here/i).first().waitFor();
      shell.type('echo unseen-$((2+2))\n');
      await shell.shows('unseen-4');
      expect((await seen()).text).not.toContain('unseen-4');
      await expect.poll(() => page.locator('.ap-term-text').count()).toBe(0);
      await accessible(page, `what one may see no longer in ${at.theme}`);
      shell.type('exit\n');
      await shell.ended;
    });
  },
  async (gateway) => {
    await gateway.api('PUT', `/v1/objects/user/${STRANGER.name}`, { spec: { password: STRANGER.password } });
  },
);
