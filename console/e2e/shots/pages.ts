/** All other pages, and what opens over them. */
import type { Page } from 'playwright-core';
import { LONG } from '../furnish.ts';
import { ALICE } from '../scene.ts';
import { broken, click, dialog, fill, held, key, sees, steps, type Shot } from './shot.ts';

const kinds = ['user', 'group', 'resource', 'account', 'secret', 'profile', 'activity', 'access_rule', 'administrative_rule', 'retention'];
const one: Record<string, string> = {
  user: 'wolfeschlegelsteinhausenbergerdorff.hubert-blaine.extern',
  group: 'night-shift',
  resource: LONG,
  account: 'reporting-read-only',
  secret: 'demo-key',
  profile: 'demo',
  activity: 'reads-reports-for-a-while',
  access_rule: 'reporting-for-the-night-shift',
  administrative_rule: 'the-elder-watches',
  retention: 'terminals-for-a-quarter',
};

const DRAFT = `kind: profile
name: orders
spec:
  statements:
    - {name: no ddl, deny: [ddl], message: ask the owners}
    - {name: whole tables wait, hold: [write_all], review: {admins: true}}
---
kind: access_rule
name: not-alice
spec: {effect: deny, users: [${ALICE.name}], resources: {names: ['*']}}
`;
const write = (draft: string) => (page: Page) => page.getByRole('textbox', { name: 'Draft' }).fill(draft);
const replay = (draft: string, said: string | RegExp) => steps(write(draft), click('Show what would change'), sees(said));

export const pageShots: Shot[] = [
  { name: 'home-admin', path: '/' },
  { name: 'home-user', path: '/', as: 'demo' },
  { name: 'home-newcomer', path: '/', as: 'newcomer' },
  { name: 'home-loading', path: '/', first: held('**/v1/connect') },
  { name: 'home-error', path: '/', first: broken('**/v1/sessions?*') },
  { name: 'connect', path: '/connect', as: 'demo' },
  { name: 'connect-empty', path: '/connect', as: 'newcomer' },
  { name: 'connect-ssh', path: '/connect/demo-host', as: 'demo' },
  { name: 'connect-long', path: `/connect/${LONG}`, as: 'demo' },
  { name: 'connect-tcp', path: '/connect/demo-web', as: 'demo' },
  { name: 'connect-sql', path: '/connect/orders-db', as: 'demo' },
  { name: 'connect-mysql', path: '/connect/demo-mariadb', as: 'demo', height: 1000 },
  { name: 'connect-redis', path: '/connect/demo-redis', as: 'demo', height: 1000 },
  { name: 'connect-password', path: '/connect/demo-mariadb', as: 'demo', height: 1200, first: steps(click('Make a password'), sees('shown once')) },
  { name: 'connect-found', path: '/connect?q=web', as: 'demo' },
  { name: 'connect-none', path: '/connect/no-such', as: 'demo' },
  { name: 'files', path: '/files' },
  { name: 'files-none', path: '/files', as: 'newcomer' },
  { name: 'audit', path: '/audit' },
  { name: 'audit-line', path: '/audit', first: (page) => page.getByRole('row').nth(2).click() },
  { name: 'audit-export', path: '/audit?kind=session.created', first: click('Export') },
  { name: 'audit-verified', path: '/audit', first: steps(click('Verify'), sees(/is intact/)) },
  { name: 'audit-nothing-found', path: '/audit?text=no-such-thing-at-all' },
  { name: 'tokens', path: '/tokens' },
  { name: 'tokens-new', path: '/tokens', first: click('New token') },
  { name: 'tokens-made', path: '/tokens', first: steps(click('New token'), fill('Name', 'for a script that runs each night'), click('Make token'), sees(/^dw_/)) },
  { name: 'tokens-remove', path: '/tokens', first: dialog(/^Remove token/) },
  { name: 'gateways', path: '/gateways' },
  { name: 'gateway', path: '/gateways/demo-gateway' },
  { name: 'gateway-sessions', path: '/gateways/demo-gateway?tab=sessions' },
  { name: 'settings', path: '/settings', height: 2000 },
  { name: 'keyboard', path: '/keyboard', height: 1300 },
  { name: 'keyboard-dialog', path: '/tokens', first: key('?') },
  { name: 'palette', path: '/connect', first: key('Control+k') },
  { name: 'palette-found', path: '/connect', first: (page) => page.keyboard.press('Control+k').then(() => page.getByRole('combobox').fill('de')) },
  { name: 'policy', path: '/policy' },
  { name: 'policy-asked', path: '/policy?user=demo&resource=orders-db', height: 900, first: steps(fill('Statement', 'DROP TABLE orders'), click('Ask'), sees('ask the owners of the database')) },
  { name: 'policy-refused', path: '/policy?user=olga&resource=demo-host', height: 900, first: steps(fill('Statement', 'DROP TABLE orders'), click('Ask'), sees(/There would be no session/)) },
  { name: 'policy-draft', path: '/policy?tab=draft', height: 1000, first: replay(DRAFT, /would have gone otherwise/) },
  { name: 'policy-nothing', path: '/policy?tab=draft', first: replay('', /gone otherwise|would have/) },
  { name: 'policy-unreadable', path: '/policy?tab=draft', first: write('kind: profile\nname: orders\nspec: {statements: [}\n') },
  { name: 'policy-not-applied', path: '/policy?tab=draft', first: replay('kind: profile\nname: orders\nspec: {statements: [{deny: [everything]}]}\n', 'The draft cannot be applied') },
  { name: 'policy-denied', path: '/policy', as: 'olga' },
  { name: 'policy-what-if', path: '/manage/access_rule/demo', height: 1600, first: steps((page) => page.getByRole('textbox', { name: 'Description' }).fill('for the demo'), click('What would this change?'), sees(/gone otherwise/)) },
  ...kinds.flatMap((kind): Shot[] => [
    { name: `list-${kind}`, path: `/manage/${kind}` },
    { name: `object-${kind}`, path: `/manage/${kind}/${one[kind] ?? ''}`, height: 1400 },
    { name: `new-${kind}`, path: `/create/${kind}`, height: 1400 },
    { name: `read-${kind}`, path: `/manage/${kind}/${one[kind] ?? ''}`, as: 'olga', height: 1100 },
  ]),
  { name: 'list-nothing-found', path: '/manage/resource?search=no-such' },
  { name: 'list-error', path: '/manage/resource', first: broken('**/v1/objects/resource') },
  { name: 'object-sessions', path: '/manage/user/demo?tab=sessions' },
  { name: 'object-yaml', path: `/manage/resource/${LONG}?tab=yaml` },
  { name: 'object-gone', path: '/manage/user/long-gone' },
  { name: 'object-missing', path: '/manage/profile/no-such' },
  { name: 'object-remove', path: '/manage/secret/reporting-password', first: click('Remove…') },
  {
    name: 'object-unsaved',
    path: '/manage/group/everyone',
    first: async (page) => {
      await page.getByLabel('Description').fill('not saved');
      await page.getByRole('tab', { name: 'YAML' }).click();
    },
  },
  {
    name: 'object-refused',
    path: '/create/user',
    first: async (page) => {
      await page.getByLabel('Name').first().fill('someone');
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByText(/^Not saved/).waitFor();
    },
  },
  {
    name: 'object-conflict',
    path: '/manage/group/nobody-yet',
    first: async (page, gateway) => {
      await page.getByLabel('Description').fill('what I have written about them');
      await gateway.api('PUT', '/v1/objects/group/nobody-yet', { spec: { description: `what someone else has written about them ${Date.now()}` } });
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('someone else has changed this').waitFor();
    },
  },
  { name: 'object-new-resource-postgres', path: '/create/resource', height: 1400, first: (page) => page.getByLabel('Type').first().click().then(() => page.getByRole('option', { name: /PostgreSQL|postgres/i }).click()) },
  { name: 'denied', path: '/manage/user', as: 'demo' },
  { name: 'no-page', path: '/no/such/page' },
  {
    name: 'offline',
    path: '/tokens',
    first: async (page) => {
      await page.context().setOffline(true);
      await page.getByText('The gateway does not answer.').first().waitFor();
    },
  },
  { name: 'menu', path: '/tokens', first: (page) => page.getByRole('button', { name: 'Open the menu' }).click({ timeout: 500 }).catch(() => {}) },
];
