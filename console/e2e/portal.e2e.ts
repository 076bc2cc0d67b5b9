/** The files of a resource in the browser, against the real gateway and its demo host. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessible, openBrowser, signIn, visit, type Visitor } from './browser.ts';
import { Gateway } from './gateway.ts';
import { newest, order, shown, shows, tabTo, WAIT } from './portal.ts';

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await Gateway.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe.each(['dark', 'light'] as const)('in %s, the files of a resource', (theme) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(browser, { theme });
    await signIn(visitor.page, gateway, 'demo');
    await visitor.page.goto(`${gateway.url}/connect`);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor.context.close();
  });
  const grid = () => visitor.page.getByRole('grid');
  const row = (name: string) => visitor.page.getByRole('row').filter({ hasText: name });

  it('are opened, walked through and made with the keyboard alone', async () => {
    const { page } = visitor;
    await tabTo(page, /^Files on demo-host/);
    await page.keyboard.press('Enter');
    await row('README.txt').waitFor();
    expect(await newest(gateway)).toMatchObject({ client_interface: 'web', state: 'active' });
    await accessible(page, 'the files');
    await tabTo(page, 'New folder');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Name').waitFor();
    await accessible(page, 'the name of a new folder');
    await page.keyboard.type(`keys-${theme}`);
    await page.keyboard.press('Enter');
    await row(`keys-${theme}`).waitFor();
    await expect.poll(() => grid().evaluate((element) => element === document.activeElement), WAIT).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('This folder is empty').waitFor();
    await accessible(page, 'an empty folder');
    await page.keyboard.press('Backspace');
    await row('README.txt').waitFor();
  });

  it('are renamed and deleted with the keyboard, and what goes is named first', async () => {
    const { page } = visitor;
    await grid().focus();
    await page.keyboard.press('Home');
    const place = async () => (await grid().getAttribute('aria-activedescendant')) ?? '';
    for (let n = 0; n < 20 && !(await place()).endsWith(`keys-${theme}`); n += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F2');
    await page.getByRole('dialog').getByLabel('Name').fill(`renamed-${theme}`);
    await page.keyboard.press('Enter');
    await row(`renamed-${theme}`).waitFor();
    await expect.poll(() => page.getByRole('dialog').count(), WAIT).toBe(0);
    await grid().focus();
    await page.keyboard.press('Delete');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`renamed-${theme}`).first().waitFor();
    await dialog.getByText('and all that is in it').waitFor();
    await accessible(page, 'the question before a deletion');
    await page.keyboard.press('Enter');
    await expect.poll(() => row(`renamed-${theme}`).count(), WAIT).toBe(0);
  });

  it('are uploaded, several at once, and nothing is replaced unasked', async () => {
    const { page } = visitor;
    const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await page.getByLabel('Files to upload').setInputFiles([file(`one-${theme}.txt`, 'first'), file(`two-${theme}.txt`, 'second')]);
    await row(`one-${theme}.txt`).waitFor();
    await row(`two-${theme}.txt`).waitFor();
    await page.getByText('2 files sent').waitFor();
    await page.getByLabel('Files to upload').setInputFiles([file(`one-${theme}.txt`, 'another')]);
    await page.getByText('exists already. Replace it?').waitFor();
    await accessible(page, 'the question before replacing');
    await page.getByRole('button', { name: 'Replace', exact: true }).click();
    await expect.poll(() => row(`one-${theme}.txt`).innerText(), WAIT).toContain('7 B');
  });

  it('are taken where they are dropped', async () => {
    const { page } = visitor;
    const data = await page.evaluateHandle((name) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped'], name));
      return transfer;
    }, `dropped-${theme}.txt`);
    await grid().dispatchEvent('dragover', { dataTransfer: data });
    await page.getByText(/^Drop to upload into/).waitFor();
    await grid().dispatchEvent('drop', { dataTransfer: data });
    await row(`dropped-${theme}.txt`).waitFor();
  });

  it('are uploaded with the folders that they lie in', async () => {
    const { page } = visitor;
    const top = mkdtempSync(join(tmpdir(), `folder-${theme}-`));
    mkdirSync(join(top, 'inner'));
    writeFileSync(join(top, 'upper.txt'), 'upper');
    writeFileSync(join(top, 'inner', 'lower.txt'), 'lower');
    await page.getByLabel('Folder to upload').setInputFiles(top);
    await page.getByText('2 files sent').or(page.getByText(/[3-9] files sent/)).waitFor();
    const sent = async () => ((await gateway.api('GET', `/v1/sessions/${(await newest(gateway)).session_id}/files`)) as { files: { op: string; path: string }[] }).files;
    await expect.poll(async () => (await sent()).filter((one) => one.op === 'upload' && /folder-.*(upper|inner\/lower)\.txt$/.test(one.path)).length, WAIT).toBe(2);
    await row(basename(top)).waitFor();
    rmSync(top, { recursive: true });
  });

  it('are fetched by the browser', async () => {
    const { page } = visitor;
    const fetched = page.waitForEvent('download');
    await row(`one-${theme}.txt`).getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Download' }).click();
    const path = await (await fetched).path();
    expect(readFileSync(path, 'utf8')).toBe('another');
  });

  it('say in place what the resource refuses', async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: 'Type a path' }).first().click();
    await page.getByLabel('Path', { exact: true }).fill('/no/such/folder');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    await accessible(page, 'a folder that is not there');
    await page.goBack();
    await row('README.txt').waitFor();
  });

  it('are held by a lock, and end with the reason', async () => {
    const { page } = visitor;
    const { session_id: id } = await newest(gateway);
    await order(gateway, id, 'lock', { title: 'On hold', message: 'Please call the service desk' });
    await page.getByRole('note').filter({ hasText: 'Locked by admin' }).waitFor();
    await accessible(page, 'files under a lock');
    await order(gateway, id, 'unlock', { reason: 'settled' });
    await expect.poll(() => page.getByRole('note').filter({ hasText: 'Locked by' }).count(), WAIT).toBe(0);
    const log = (await gateway.api('GET', `/v1/sessions/${id}/files`)) as { files: { protocol: string; path: string }[] };
    expect(log.files.some((one) => one.protocol === 'web' && one.path.endsWith(`one-${theme}.txt`))).toBe(true);
    await order(gateway, id, 'terminate', { reason: 'Use the change window' });
    await page.getByRole('alert').getByText(/Use the change window/).waitFor();
    await accessible(page, 'files whose session has ended');
    await expect.poll(() => page.getByRole('link', { name: 'Open the record' }).getAttribute('href')).toBe(`/sessions/${id}`);
  });
});

describe('the files of a resource', () => {
  it('stay quick with 5 000 entries, and only the rows in sight are drawn', async () => {
    const { page, context } = await visit(browser);
    await signIn(page, gateway, 'demo');
    await page.goto(`${gateway.url}/connect/demo-host/terminal`);
    await shows(page, 'being recorded');
    await page.keyboard.type('mkdir many && cd many && seq -f "part-%g.log" 5000 | xargs touch; echo made-$((1+1)); pwd\n');
    await shows(page, 'made-2');
    const folder = /made-2\s+(\/\S+)/.exec(await shown(page))?.[1] ?? '';
    await page.keyboard.type('exit\n');
    await page.getByRole('alert').waitFor();
    await page.goto(`${gateway.url}/connect/demo-host/files?path=${encodeURIComponent(folder)}`);
    await page.getByText('5,000 entries').waitFor(WAIT);
    expect(await page.getByRole('row').count()).toBeLessThan(120);
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.getByRole('row').filter({ hasText: 'part-5000.log' }).waitFor();
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Home');
    await page.getByRole('row').filter({ hasText: 'part-5000.log' }).waitFor();
    await context.close();
  });

  it('say in place what the profile refuses', async () => {
    const { spec } = (await gateway.api('GET', '/v1/objects/profile/demo')) as { spec: object };
    await gateway.api('PUT', '/v1/objects/profile/demo', { spec: { ...spec, allow: ['shell', 'exec', 'file_download'] } });
    const { page, context } = await visit(browser);
    await signIn(page, gateway, 'demo');
    await page.goto(`${gateway.url}/connect/demo-host/files`);
    await page.getByRole('row').filter({ hasText: 'README.txt' }).waitFor();
    await page.getByLabel('Files to upload').setInputFiles([{ name: 'refused.txt', mimeType: 'text/plain', buffer: Buffer.from('no') }]);
    await page.getByRole('listitem').filter({ hasText: 'refused.txt' }).filter({ hasText: /profile/ }).waitFor();
    await accessible(page, 'an upload that the profile refuses');
    await gateway.api('PUT', '/v1/objects/profile/demo', { spec: { ...spec, allow: ['shell', 'exec', 'file_upload'] } });
    await page.goto(`${gateway.url}/connect/demo-host/files`);
    await page.getByRole('row').filter({ hasText: 'README.txt' }).getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('status', { name: 'Messages' }).getByText(/README\.txt was not fetched: .*profile/i).waitFor();
    await accessible(page, 'a download that the profile refuses');
    await context.close();
  });
});
