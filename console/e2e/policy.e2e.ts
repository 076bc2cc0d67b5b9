/** Trying rules: what they say of somebody, and what a draft of them would have said of what was done. */
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { accessible, fits, settled, signIn, visit } from './browser.ts';
import { until } from './scene.ts';
import { Database } from './sql.ts';
import { inBothThemes } from './themes.ts';

let database: Database;

const DRAFT = `kind: profile
name: orders
spec:
  statements:
    - name: no ddl
      deny: [ddl]
      message: ask the owners
    - name: whole tables wait
      hold: [write_all]
      review: {admins: true}
---
kind: access_rule
name: not-alice
spec: {effect: deny, users: [alice-with-a-rather-long-name.example], resources: {names: ['*']}}
`;

const pick = async (page: Page, label: string, name: string) => {
  await page.getByRole('combobox', { name: label }).fill(name);
  await page.getByRole('option', { name, exact: true }).click();
};

inBothThemes(
  'trying rules',
  (at) => {
    afterAll(async () => {
      if (at.theme === 'light') await database.stop();
    });
    const open = async (path: string) => {
      await at.page.goto(`${at.gateway.url}${path}`);
      await settled(at.page, 'Try rules');
    };
    const grid = () => at.page.getByRole('grid', { name: 'What would have gone otherwise' });
    const row = (text: string) => grid().getByRole('row').filter({ hasText: text });
    const count = async (row: string, column: number) => at.page.getByRole('row').filter({ has: at.page.getByRole('rowheader', { name: row }) }).getByRole('cell').nth(column).innerText();

    it('says whether somebody may, and which rule and profile decide', async () => {
      const { page } = at;
      await page.goto(`${at.gateway.url}/manage/profile`);
      await page.getByRole('link', { name: 'Try rules' }).click();
      await settled(page, 'Try rules');
      await at.button('Ask').click();
      await page.getByText('This is needed').first().waitFor();
      await pick(page, 'User', 'demo');
      await pick(page, 'Resource', 'orders-db');
      await page.getByRole('textbox', { name: 'Statement' }).fill('DROP TABLE orders');
      await at.button('Ask').click();
      await page.getByRole('heading', { name: 'allowed A session of demo on orders-db' }).waitFor();
      await page.getByRole('heading', { name: 'allowed The statement' }).waitFor();
      expect(await page.getByRole('link', { name: 'orders', exact: true }).evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual(['/manage/access_rule/orders', '/manage/profile/orders']);
      // The question can be given to somebody; the statement stays here.
      expect(new URL(page.url()).search).toBe('?user=demo&resource=orders-db');
      await accessible(page, `an answer in ${at.theme}`);
      await page.setViewportSize({ width: 390, height: 800 });
      await fits(page);
      await accessible(page, `an answer on a telephone in ${at.theme}`);
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it('says why somebody may not, and what is not judged', async () => {
      const { page } = at;
      await open('/policy?user=auditor&resource=demo-host');
      await page.getByRole('textbox', { name: 'Statement' }).fill('DROP TABLE orders');
      await at.button('Ask').click();
      await page.getByRole('heading', { name: 'refused A session of auditor on demo-host' }).waitFor();
      await page.getByText('no resource `demo-host` that you may use').waitFor();
      await page.getByText('There would be no session to send it in.').waitFor();
      await accessible(page, `a refusal in ${at.theme}`);
      await open('/policy?user=demo&resource=demo-host');
      await page.getByRole('textbox', { name: 'Statement' }).fill('reboot');
      await at.button('Ask').click();
      await page.getByText('demo-host is none of these').waitFor();
      await page.getByLabel('When').fill('some day');
      await at.button('Ask').click();
      await page.getByText('is not a time for').waitFor();
      await accessible(page, `a question that is refused in ${at.theme}`);
    });

    it('says what a draft would have changed, and leads to the moments', async () => {
      const { page } = at;
      await open('/policy');
      await page.getByRole('tab', { name: 'What would a draft change?' }).click();
      await page.getByRole('textbox', { name: 'Draft' }).fill(DRAFT);
      await at.button('Show what would change').click();
      await page.getByText(/would have gone otherwise/).waitFor();
      await row('CREATE TABLE').filter({ hasText: 'allowed' }).filter({ hasText: 'refused' }).filter({ hasText: 'no ddl: ask the owners' }).first().waitFor();
      await row('UPDATE orders').filter({ hasText: 'held' }).filter({ hasText: 'whole tables wait' }).first().waitFor();
      await row('the session itself').filter({ hasText: 'alice' }).filter({ hasText: 'refused' }).first().waitFor();
      expect([await count('Statements', 1), await count('Statements', 2), await count('Statements', 3), await count('Statements', 4)]).toEqual(['2', '1', '1', '2']);
      await accessible(page, `what a draft would have changed in ${at.theme}`);
      await at.button(/^Held anew/).click();
      await expect.poll(() => row('CREATE TABLE').count()).toBe(0);
      await at.button(/^Held anew/).click();
      const [moment] = await Promise.all([page.context().waitForEvent('page'), row('CREATE TABLE').first().click()]);
      await moment.waitForURL(/\/sessions\/[0-9a-f-]{36}\/replay\?t=\d+ms/);
      await moment.getByText('CREATE TABLE orders').first().waitFor();
      await moment.close();
      // The draft is there for the other question too, and asks before it is lost.
      await page.getByRole('tab', { name: 'May somebody' }).click();
      await pick(page, 'User', 'demo');
      await pick(page, 'Resource', 'orders-db');
      await page.getByRole('textbox', { name: 'Statement' }).fill('DROP TABLE orders');
      await page.getByRole('switch', { name: 'As if the draft were applied' }).click();
      await at.button('Ask').click();
      await page.getByRole('heading', { name: 'refused The statement' }).waitFor();
      await page.getByText('with the draft on top of them').waitFor();
      await page.getByRole('tab', { name: 'What would a draft change?' }).click();
      expect(await page.getByRole('textbox', { name: 'Draft' }).inputValue()).toBe(DRAFT);
      await page.setViewportSize({ width: 390, height: 800 });
      await row('CREATE TABLE').first().waitFor();
      await fits(page);
      await accessible(page, `what a draft would have changed on a telephone in ${at.theme}`);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.getByRole('link', { name: 'Users', exact: true }).click();
      await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave', exact: true }).click();
      await page.waitForURL(/\/manage\/user$/);
    });

    it('begins with what there is, and says what cannot be read or applied', async () => {
      const { page } = at;
      await open('/policy?tab=draft');
      await page.getByRole('combobox', { name: 'Begin with what there is' }).fill('profile orders');
      await page.getByRole('option', { name: 'profile orders', exact: true }).click();
      const draft = page.getByRole('textbox', { name: 'Draft' });
      await expect.poll(() => draft.inputValue()).toMatch(/^kind: profile\nname: orders\nspec:/);
      await at.button('Show what would change').click();
      await page.getByText('Nothing would have gone otherwise').waitFor();
      await accessible(page, `a draft that changes nothing in ${at.theme}`);
      await draft.fill('kind: profile\nname: orders\nspec: {statements: [}\n');
      await page.getByText(/at line 3/).waitFor();
      expect(await at.button('Show what would change').isDisabled()).toBe(true);
      await accessible(page, `a draft that cannot be read in ${at.theme}`);
      await draft.fill('kind: profile\nname: orders\nspec: {statements: [{deny: [everything]}]}\n');
      await at.button('Show what would change').click();
      await page.getByText('The draft cannot be applied').waitFor();
      await accessible(page, `a draft that cannot be applied in ${at.theme}`);
      await at.button('Clear').click();
      await at.button('Show what would change').click();
      await page.getByText('Nothing would have gone otherwise').waitFor();
    });

    it('waits, fails, and shows as much as there is', async () => {
      const { page } = at;
      const answer = async (status: number, json: unknown) => {
        await page.route('**/v1/policy/replay', (route) => route.fulfill({ status, json, contentType: status === 200 ? 'application/json' : 'application/problem+json' }));
        await at.button('Show what would change').click();
      };
      await open('/policy?tab=draft');
      let go = () => {};
      const held = new Promise<void>((resolve) => {
        go = resolve;
      });
      await page.route('**/v1/policy/replay', (route) => held.then(() => route.fulfill({ status: 500, json: { title: 'internal', status: 500, detail: 'the gateway could not do this', code: 'internal' } })));
      await at.button('Show what would change').click();
      await page.getByText('Holding it against what was done…').waitFor();
      await accessible(page, `waiting for a replay in ${at.theme}`);
      go();
      await page.getByRole('alert').getByText('The gateway could not do this').waitFor();
      await accessible(page, `a replay that failed in ${at.theme}`);
      await page.unroute('**/v1/policy/replay');
      const verdict = (effect: string) => ({ effect, rule: effect === 'deny' ? 'no ddl' : '', words: '' });
      const changes = Array.from({ length: 1000 }, (_, n) => ({
        at: new Date(Date.now() - n * 60_000).toISOString(),
        session_id: `01890000-0000-7000-8000-${String(n % 7).padStart(12, '0')}`,
        seq: n,
        user: 'demo',
        resource: 'orders-db',
        statement: `DROP TABLE orders_of_a_customer_whose_name_does_not_end_${n}`,
        before: verdict('allow'),
        after: verdict('deny'),
        link: '/sessions',
      }));
      await answer(200, { sessions: { allow: 12_000, deny: 0, hold: 0, changed: 0 }, statements: { allow: 100_000, deny: 90_000, hold: 10_000, changed: 100_000 }, changes, cut: true });
      await page.getByText(`The newest ${(1000).toLocaleString()} of ${(100_000).toLocaleString()} are listed.`).waitFor();
      await page.getByText('There was more than is looked at in one go').waitFor();
      expect(await grid().getAttribute('aria-rowcount')).toBe('1001');
      await grid().focus();
      await page.keyboard.press('End');
      await row('does_not_end_999').waitFor();
      await fits(page);
      await accessible(page, `many changes in ${at.theme}`);
      await page.unroute('**/v1/policy/replay');
    });

    it('says on the page of a profile what would change before it is saved', async () => {
      const { page } = at;
      await page.goto(`${at.gateway.url}/manage/profile/orders`);
      await settled(page, 'orders');
      await at.button('Add a rule').first().click();
      await at.button('What would this change?').click();
      const section = page.getByRole('region', { name: 'What this would have changed' });
      await section.getByText('1 statement would have gone otherwise').waitFor();
      await row('CREATE TABLE').filter({ hasText: 'refused' }).first().waitFor();
      await accessible(page, `what a profile would have changed in ${at.theme}`);
      await page.setViewportSize({ width: 390, height: 800 });
      await fits(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      const { spec } = (await at.gateway.api('GET', '/v1/objects/profile/orders')) as { spec: { statements?: unknown[] } };
      expect(spec.statements ?? []).toEqual([]);
      await section.getByRole('button', { name: 'Close' }).click();
      await section.waitFor({ state: 'detached' });
      await page.goto('about:blank');
      const logged = (await at.gateway.api('GET', '/v1/audit?kind=policy.replayed&limit=1')) as { events: { actor: string }[] };
      expect(logged.events[0]?.actor).toBe('admin');
    });

    it('is found by its words, by administrators only', async () => {
      const { page } = at;
      await page.goto(`${at.gateway.url}/audit`);
      await settled(page, 'Audit log');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('what if');
      await page.getByRole('option', { name: 'Try rules' }).click();
      await settled(page, 'Try rules');
      const auditor = await visit(at.browser, { theme: at.theme });
      await signIn(auditor.page, at.gateway, 'auditor', 'long enough for a test');
      await auditor.page.goto(`${at.gateway.url}/policy`);
      await auditor.page.getByText('Only an administrator may try rules.').waitFor();
      expect(await auditor.page.getByRole('link', { name: 'Try rules' }).count()).toBe(0);
      await accessible(auditor.page, `what is denied in ${at.theme}`);
      expect(auditor.complaints).toEqual([]);
      await auditor.context.close();
    });
  },
  async (gateway) => {
    database = await Database.start(gateway);
    const psql = await database.open();
    await psql.run('CREATE TABLE orders (id int, total int);');
    await psql.run('INSERT INTO orders VALUES (1, 10);');
    await psql.run('SELECT * FROM orders WHERE id = 1;');
    await psql.run('UPDATE orders SET total = total * 2;');
    await psql.close();
    await until(gateway, 'status=completed', (rows) => rows.find((row) => row.resource.name === database.name));
  },
);
