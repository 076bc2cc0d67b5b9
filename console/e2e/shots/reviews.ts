/** Requests that reviewers decide, and sessions that wait for them or are shared. */
import type { Page } from 'playwright-core';
import { broken, click, dialog, fill, held, sees, steps, type Shot } from './shot.ts';

export const REVIEWED = 'payroll-primary';

const rows = (page: Page) => page.getByRole('grid', { name: 'Approvals' }).getByRole('row');
const pick = async (page: Page) => {
  for (const nth of [1, 2]) await rows(page).nth(nth).getByRole('checkbox').click();
};
const inBulk = (name: RegExp) => (page: Page) => page.getByRole('region', { name: 'Selected requests' }).getByRole('button', { name }).click();
const more = (entry: string) => steps(click('More'), (page) => page.getByRole('menuitem', { name: entry, exact: true }).click(), (page) => page.getByRole('dialog').waitFor());
/** The end of what stands in the pane beside the picture. */
const bottom = (words: string) => (page: Page) => page.getByText(words).first().scrollIntoViewIfNeeded();

export const reviewShots: Shot[] = [
  { name: 'approvals', path: '/approvals' },
  { name: 'approvals-of-requester', path: '/approvals', as: 'demo' },
  { name: 'approvals-empty', path: '/approvals?show=mine', as: 'newcomer' },
  { name: 'approvals-decided', path: '/approvals?show=decided' },
  { name: 'approvals-picked', path: '/approvals', first: pick },
  { name: 'approvals-loading', path: '/approvals', first: held('**/v1/approvals?*') },
  { name: 'approvals-error', path: '/approvals', first: broken('**/v1/approvals?*') },
  { name: 'approve', path: '/approvals', first: (page) => rows(page).nth(1).getByRole('button', { name: /^Approve/ }).click() },
  { name: 'approve-bulk', path: '/approvals', first: steps(pick, inBulk(/^Approve/)) },
  { name: 'deny', path: '/approvals/{asked}', first: dialog(/^Deny/) },
  { name: 'request', path: '/approvals/{asked}', height: 900 },
  { name: 'request-of-requester', path: '/approvals/{asked}', as: 'demo', height: 900 },
  { name: 'request-denied', path: '/approvals/{denied-request}', height: 900 },
  { name: 'request-statement', path: '/approvals/{held-request}', height: 900 },
  { name: 'request-none', path: '/approvals/no-such' },
  { name: 'help-approvals', path: '/help/approvals', height: 1400 },
  { name: 'connect-reviewed', path: `/connect/${REVIEWED}`, as: 'demo', height: 1300 },
  { name: 'request-access', path: `/connect/${REVIEWED}`, as: 'demo', height: 900, first: dialog(/^Request access/) },
  { name: 'request-access-glass', path: `/connect/${REVIEWED}`, as: 'demo', height: 900, first: steps(dialog(/^Request access/), (page) => page.getByRole('switch', { name: /Break the glass/ }).or(page.getByLabel('Break the glass')).first().click()) },
  { name: 'session-waiting', path: '/sessions/{waiting}' },
  { name: 'session-waiting-owner', path: '/sessions/{waiting}', as: 'demo' },
  { name: 'session-available', path: '/sessions/{available}' },
  { name: 'session-scheduled', path: '/sessions/{scheduled}' },
  { name: 'session-denied-by-reviewer', path: '/sessions/{review-denied}' },
  { name: 'session-held', path: '/sessions/{held}', first: sees('A statement waits') },
  { name: 'session-share', path: '/sessions/{replay}', first: more('Share…') },
  { name: 'session-share-link', path: '/sessions/{replay}', first: steps(more('Share…'), fill('People', 'olga'), (page) => page.keyboard.press('Enter'), (page) => page.getByRole('dialog').getByRole('button', { name: 'Share', exact: true }).click(), sees(/\/shared\//)) },
  { name: 'session-shares', path: '/sessions/{replay}?tab=info', first: bottom('taken back by') },
  { name: 'shared-none', path: '/shared/01890000-0000-7000-8000-000000000000', as: 'demo' },
  { name: 'session-hold', path: '/sessions/{replay}', first: more('Hold the recording…') },
  { name: 'sessions-waiting', path: '/sessions?status=pending,awaiting_approval,scheduled,available' },
  { name: 'new-profile-rules', path: '/create/profile', height: 1900, first: steps(fill('Name', 'careful'), click('Add a rule'), click('Add a rule'), fill('What the user reads', 'ask the owners of the database')) },
  { name: 'object-profile-rules', path: '/manage/profile/orders', height: 2100 },
  { name: 'read-profile-rules', path: '/manage/profile/orders', as: 'olga', height: 1300 },
];
