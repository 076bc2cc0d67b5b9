/** Sessions on a database: statements and what came of them, in place of a screen. */
import { beforeAll, expect, it } from 'vitest';
import { accessible, fits } from './browser.ts';
import { until } from './scene.ts';
import { Database, type Psql } from './sql.ts';
import { inBothThemes } from './themes.ts';

let database: Database;

inBothThemes(
  'a session on a database',
  (at) => {
    let psql: Psql;
    beforeAll(async () => {
      psql = await database.open();
      return async () => {
        await psql.close();
        if (at.theme === 'light') await database.stop();
      };
    });
    const entry = (text: string) => at.panel().getByRole('listitem').filter({ hasText: text }).first();

    it('shows each statement as it is given, with its rows and its time, and errors in their own words', async () => {
      await psql.run(`SELECT n AS number, NULL AS nothing, 'words of ${at.theme}' AS words FROM generate_series(1, 3) AS n;`);
      const { session_id: id } = await until(at.gateway, 'status=active', (rows) => rows.find((row) => row.resource.name === database.name));
      await at.page.goto(`${at.gateway.url}/sessions/${id}`);
      await at.page.getByText('A database session has no screen').waitFor();
      const select = entry('generate_series(1, 3)');
      await select.getByText('3 rows').waitFor();
      await select.getByRole('button', { name: 'Show the answer' }).click();
      const table = select.getByRole('table');
      expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['number', 'nothing', 'words']);
      expect(await table.getByRole('row').nth(2).getByRole('cell').allInnerTexts()).toEqual(['2', 'NULL', `words of ${at.theme}`]);
      await accessible(at.page, `statements in ${at.theme}`);
      await psql.run('SELECT 1/0;');
      const wrong = entry('SELECT 1/0');
      await wrong.getByText('failed').waitFor();
      await wrong.getByRole('button', { name: 'Show the answer' }).click();
      await wrong.getByText('22012').waitFor();
      await wrong.getByText('division by zero').waitFor();
      await accessible(at.page, `a statement that failed in ${at.theme}`);
      await at.page.setViewportSize({ width: 390, height: 800 });
      await fits(at.page);
      await accessible(at.page, `statements on a telephone in ${at.theme}`);
      await at.page.setViewportSize({ width: 1280, height: 800 });
    });

    it('stands on the wall with its counters, and its statements can be taken out', async () => {
      await at.page.goto(`${at.gateway.url}/wall`);
      const tile = at.page.getByRole('listitem').filter({ hasText: database.name });
      await tile.getByText('To the resource').waitFor();
      await accessible(at.page, `a database on the wall in ${at.theme}`);
      await tile.getByRole('link').first().click();
      await at.page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
      await at.button('More').click();
      for (const name of ['Statements as JSON', 'Statements as CSV', 'Signed tape, for verification', 'Everything, as a signed archive']) await at.page.getByRole('menuitem', { name }).waitFor();
      await expect.poll(() => at.page.getByRole('menuitem', { name: /asciicast/ }).count()).toBe(0);
      await at.page.keyboard.press('Escape');
    });
  },
  async (gateway) => {
    database = await Database.start(gateway);
  },
);
