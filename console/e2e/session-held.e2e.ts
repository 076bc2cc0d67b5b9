/** Rules on statements: made in the form of a profile, and what the page of a session shows of one that is held. */
import { beforeAll, expect, it } from 'vitest';
import { accessible, fits } from './browser.ts';
import { until } from './scene.ts';
import { Database, type Psql } from './sql.ts';
import { inBothThemes } from './themes.ts';

let database: Database;

inBothThemes(
  'a rule on statements',
  (at) => {
    let psql: Psql;
    beforeAll(async () => {
      await at.gateway.api('PUT', '/v1/objects/profile/orders', { spec: {} });
      return async () => {
        psql?.kill();
        if (at.theme === 'light') await database.stop();
      };
    });
    const field = () => at.page.getByRole('group', { name: 'Rules on statements', exact: true });
    const add = () => field().getByRole('button', { name: 'Add a rule' });
    const rule = (nth: number) => field().getByRole('group', { name: `Rule ${nth}`, exact: true });
    const rules = async () => ((await at.gateway.api('GET', '/v1/objects/profile/orders')) as { spec: { statements?: unknown[] } }).spec.statements ?? [];

    it('is made in the form, told what is wrong with it, changed and removed', async () => {
      const { page } = at;
      await page.goto(`${at.gateway.url}/manage/profile/orders`);
      await add().click();
      await rule(1).getByLabel('Name').fill('whole tables wait');
      await rule(1).getByLabel('What becomes of such statements').click();
      await page.getByRole('option', { name: 'They wait until reviewers agree' }).click();
      const kinds = rule(1).getByLabel('Statements that do one of these');
      await kinds.focus();
      await page.keyboard.press('Backspace');
      await page.keyboard.type('all rows');
      await page.getByRole('option', { name: 'Change or remove all rows of a table' }).click();
      await page.keyboard.press('Escape');
      await rule(1).getByLabel('About one of these tables').fill('public.*');
      await page.keyboard.press('Enter');
      await rule(1).getByLabel('Between these hours').fill('at night');
      await rule(1).getByText('Write them as 22:00-06:00').waitFor();
      await accessible(page, `a rule with a fault in ${at.theme}`);
      await rule(1).getByLabel('Between these hours').fill('');
      await add().click();
      await rule(2).getByLabel('Name').fill('no changes of the schema');
      await rule(2).getByLabel('What the user reads').fill('ask the owners');
      await accessible(page, `two rules in ${at.theme}`);
      await page.setViewportSize({ width: 390, height: 800 });
      await fits(page);
      await accessible(page, `two rules on a telephone in ${at.theme}`);
      await page.setViewportSize({ width: 1280, height: 800 });
      await at.button('Save').click();
      await page.getByText('orders saved').first().waitFor();
      expect(await rules()).toMatchObject([
        { name: 'whole tables wait', hold: ['write_all'], tables: ['public.*'], review: { admins: true } },
        { name: 'no changes of the schema', deny: ['ddl'], message: 'ask the owners' },
      ]);
      await page.reload();
      await expect.poll(() => rule(2).getByLabel('Name').inputValue()).toBe('no changes of the schema');
      await field().getByRole('button', { name: 'Remove rule 2' }).click();
      await rule(2).waitFor({ state: 'detached' });
      await at.button('Save').click();
      await page.getByText('orders saved').first().waitFor();
      await expect.poll(async () => (await rules()).length).toBe(1);
    });

    it('holds a statement, which the page of the session says and goes on from there', async () => {
      const { page } = at;
      const table = `stock_${at.theme}`;
      psql = await database.open();
      await psql.run(`CREATE TABLE ${table} AS SELECT 1 AS n;`);
      const gone = psql.run(`DELETE FROM ${table};`);
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row['hold'] !== null));
      await page.goto(`${at.gateway.url}/sessions/${id}`);
      const banner = page.getByRole('note').filter({ hasText: 'A statement waits for approval by' });
      await banner.waitFor();
      await accessible(page, `a held statement in ${at.theme}`);
      await page.setViewportSize({ width: 390, height: 800 });
      await fits(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await banner.getByRole('link', { name: 'The request' }).click();
      await page.getByText(`DELETE FROM ${table}`).first().waitFor();
      await page.getByText('whole tables wait').first().waitFor();
      await accessible(page, `the request of a statement in ${at.theme}`);
      await page.goBack();
      await banner.getByRole('button', { name: /^Approve/ }).click();
      await at.dialog().getByRole('button', { name: 'Approve', exact: true }).click();
      await gone;
      await banner.waitFor({ state: 'detached' });
      await at.panel().getByRole('listitem').filter({ hasText: `DELETE FROM ${table}` }).getByText('1 row').first().waitFor();
      // Another one, by itself on the page that is open, and denied.
      const again = psql.run(`UPDATE ${table} SET n = 2;`);
      await banner.waitFor();
      await banner.getByRole('button', { name: /^Deny/ }).click();
      await at.dialog().getByLabel('Comment').fill('not before the stocktaking');
      await at.dialog().getByRole('button', { name: 'Deny', exact: true }).click();
      await again;
      await banner.waitFor({ state: 'detached' });
      await at.panel().getByRole('listitem').filter({ hasText: `UPDATE ${table}` }).getByText('failed').first().waitFor();
      await accessible(page, `a denied statement in ${at.theme}`);
    });
  },
  async (gateway) => {
    database = await Database.start(gateway);
  },
);
