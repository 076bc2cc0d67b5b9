/** A gateway that lets no content of sessions out as files. */
import { expect, it } from 'vitest';
import { accessible } from './browser.ts';
import { sessions } from './scene.ts';
import { inBothThemes } from './themes.ts';

inBothThemes(
  'a gateway without downloads',
  (at) => {
    it('says which setting closes them, also to a page that did not know it yet', async () => {
      const [one] = await sessions(at.gateway, 'status=terminated');
      const page = `${at.gateway.url}/sessions/${one?.session_id}`;
      await at.page.goto(page);
      await at.button('More').click();
      const closed = at.page.getByRole('menuitem', { name: /DISABLE_SESSIONS_DOWNLOAD/ });
      await closed.waitFor();
      for (const entry of [/asciicast/, /Text/, /JSON/, /CSV/, /Signed tape/, /signed archive/]) await expect.poll(() => at.page.getByRole('menuitem', { name: entry }).count()).toBe(0);
      await accessible(at.page, `without downloads in ${at.theme}`);
      await at.page.keyboard.press('Escape');
      // A page that was opened before the setting was made.
      await at.page.route('**/v1/me', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), downloads_enabled: true } });
      });
      await at.page.goto(page);
      await at.menu('Recording (asciicast v3)');
      await at.page.getByRole('status', { name: 'Messages' }).getByText(/Not downloaded: .*DISABLE_SESSIONS_DOWNLOAD/).waitFor();
      await accessible(at.page, `a download that is refused in ${at.theme}`);
      await at.page.unroute('**/v1/me');
    });
  },
  undefined,
  { DISABLE_SESSIONS_DOWNLOAD: 'true' },
);
