/** Sessions of other kinds: with files, failed, refused, plain TCP; what may be taken out; on a telephone. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { accessible, copied, signIn, visit } from './browser.ts';
import { LONG, sessions, touchFiles } from './scene.ts';
import { inBothThemes } from './themes.ts';

inBothThemes('sessions of every kind', (at) => {
  const ended = async (status: string, resource?: string) => {
    const all = await sessions(at.gateway, `status=${status}`);
    return all.find((row) => resource === undefined || row.resource.name === resource)?.session_id ?? '';
  };

  it('lists files with their protocol, size, hash and what came of it, and filters them', async () => {
    const rows = await sessions(at.gateway, 'status=completed&sort=created_at:desc');
    let files = '';
    for (const row of rows) {
      const found = (await at.gateway.api('GET', `/v1/sessions/${row.session_id}/files`)) as { files: unknown[] };
      if (found.files.length > 3) files = row.session_id;
    }
    await at.page.goto(`${at.gateway.url}/sessions/${files}?tab=files`);
    const list = at.panel().getByRole('list', { name: 'File activity' });
    await list.getByText('inbox/done.csv').first().waitFor();
    for (const op of ['mkdir', 'upload', 'download', 'rename', 'delete', 'rmdir']) await list.getByText(op, { exact: true }).first().waitFor();
    await list.getByText('SFTP', { exact: true }).first().waitFor();
    await list.getByText(/SHA-256/).first().waitFor();
    await accessible(at.page, `files in ${at.theme}`);
    await at.panel().getByLabel('Operation').selectOption('upload');
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1);
    await at.panel().getByLabel('Operation').selectOption('');
    await at.panel().getByLabel('Result').selectOption('false');
    await list.getByText('inbox/missing.csv').waitFor();
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1);
    await at.panel().getByLabel('Result').selectOption('');
    await at.panel().getByLabel('Search in paths').fill('no such path');
    await at.panel().getByText('Nothing found').waitFor();
    await at.panel().getByLabel('Search in paths').fill('');
    await at.panel().getByLabel('Protocol').selectOption('scp');
    await at.panel().getByText('Nothing found').waitFor();
    await at.page.goto(`${at.gateway.url}/files`);
    await at.page.getByText('inbox/done.csv').first().waitFor();
    await at.page.getByLabel('Search in paths').fill('report');
    await at.page.getByText('inbox/missing.csv').waitFor({ state: 'detached' });
    await accessible(at.page, `files of all sessions in ${at.theme}`);
  });

  it('says at which stage and why a session failed, with a hint and without secrets; others have no such block', async () => {
    await at.page.goto(`${at.gateway.url}/sessions/${await ended('failed', 'nobody-listens')}`);
    const note = at.page.getByRole('note').filter({ hasText: 'Failed' });
    await note.waitFor();
    await expect.poll(() => note.innerText()).toMatch(/connect|dial|target/i);
    expect(await at.page.locator('body').innerText()).not.toMatch(/PRIVATE KEY/);
    await at.page.getByText('Nothing was recorded').or(at.page.getByText('No screen was used')).first().waitFor();
    await accessible(at.page, `failed in ${at.theme}`);
    await at.page.goto(`${at.gateway.url}/sessions/${await ended('completed', LONG)}`);
    await at.state().waitFor();
    await expect.poll(() => at.page.getByRole('note').filter({ hasText: 'Failed' }).count()).toBe(0);
  });

  it('says why there is no picture: of a refusal, and of plain TCP', async () => {
    await at.page.goto(`${at.gateway.url}/sessions/${await ended('denied', 'not-for-you')}`);
    await expect.poll(() => at.state().innerText()).toBe('denied');
    await at.page.getByText('Nothing was recorded').waitFor();
    await accessible(at.page, `denied in ${at.theme}`);
    await at.page.goto(`${at.gateway.url}/sessions/${await ended('completed,failed,terminated', 'demo-web')}`);
    await at.page.getByText('A plain connection has no screen').waitFor();
    await at.tab('Information').click();
    await at.panel().getByText(/↑ .* ↓ /).first().waitFor();
    await accessible(at.page, `plain TCP in ${at.theme}`);
  });

  it('takes the recording out in every form, and says which setting forbids it', async () => {
    await at.page.goto(`${at.gateway.url}/sessions/${await ended('terminated')}`);
    await at.button('More').click();
    for (const entry of [/asciicast/, /Text/, /JSON/, /CSV/, /Signed tape/, /signed archive/]) await at.page.getByRole('menuitem', { name: entry }).waitFor();
    await accessible(at.page, `the menu in ${at.theme}`);
    const [file] = await Promise.all([at.page.waitForEvent('download'), at.page.getByRole('menuitem', { name: /asciicast/ }).click()]);
    const [head] = readFileSync(await file.path(), 'utf8').split('\n');
    expect(JSON.parse(head ?? '')).toMatchObject({ version: 3 });
    await at.button('More').click();
    const [log] = await Promise.all([at.page.waitForEvent('download'), at.page.getByRole('menuitem', { name: /JSON/ }).click()]);
    const taken = JSON.parse(readFileSync(await log.path(), 'utf8')) as { session: Record<string, unknown> };
    for (const field of ['created_at', 'started_at', 'first_logon_at', 'expires_at', 'ended_at']) expect(taken.session[field], field).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const shut = await visit(at.browser, { theme: at.theme });
    await shut.page.route('**/v1/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()) as object, downloads_enabled: false } });
    });
    await signIn(shut.page, at.gateway, 'admin');
    await shut.page.goto(`${at.gateway.url}/sessions/${await ended('terminated')}`);
    await shut.page.getByRole('button', { name: 'More', exact: true }).click();
    await shut.page.getByRole('menuitem', { name: /DISABLE_SESSIONS_DOWNLOAD/ }).waitFor();
    await expect.poll(() => shut.page.getByRole('menuitem', { name: /asciicast/ }).count()).toBe(0);
    await accessible(shut.page, `without downloads in ${at.theme}`);
    await shut.context.close();
  });

  it('is whole on a telephone, also with long names', async () => {
    const phone = await visit(at.browser, { theme: at.theme, width: 390 });
    await signIn(phone.page, at.gateway, 'admin');
    for (const one of [await ended('terminated'), await ended('completed', LONG), await ended('failed', 'nobody-listens')]) {
      await phone.page.goto(`${at.gateway.url}/sessions/${one}`);
      await phone.page.getByRole('status', { name: 'State' }).waitFor();
      await phone.page.waitForLoadState('networkidle').catch(() => {});
      expect(await phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
      await accessible(phone.page, `a telephone in ${at.theme}`);
    }
    await phone.context.close();
  });

  it('copies the id with one click and with the keyboard, and comes back to the list as it was', async () => {
    await at.page.goto(`${at.gateway.url}/sessions?status=terminated`);
    await at.page.getByRole('row').filter({ hasText: 'terminated' }).first().click();
    await at.page.waitForURL(/\/sessions\/[0-9a-f-]{36}/);
    expect(at.page.url()).toContain(await copied(at.page, () => at.menu('Copy session ID')));
    await at.button('Back to the list').click();
    await at.page.waitForURL(/status=terminated/);
    await at.page.getByRole('row').filter({ hasText: 'terminated' }).first().waitFor();
  });
}, touchFiles);
