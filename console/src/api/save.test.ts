import { afterEach, describe, expect, it, vi } from 'vitest';
import { saveFile } from './save';

afterEach(() => vi.unstubAllGlobals());

const clicks = () => {
  const seen: HTMLAnchorElement[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
    seen.push(this);
  });
  return seen;
};

describe('a file that is fetched', () => {
  it('is kept under its name', async () => {
    vi.stubGlobal('fetch', async () => new Response('content'));
    const seen = clicks();
    await saveFile('/v1/sessions/1/export?as=txt', '1.txt');
    expect(seen.map((one) => one.download)).toEqual(['1.txt']);
    expect(seen[0]?.href).toMatch(/^blob:/);
  });

  it('is not kept when it is refused, and says why', async () => {
    const problem = { title: 'forbidden', detail: 'downloads are switched off by DISABLE_SESSIONS_DOWNLOAD', code: 'downloads_disabled' };
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify(problem), { status: 403 }));
    const seen = clicks();
    await expect(saveFile('/x', 'x')).rejects.toMatchObject({ status: 403, message: 'Downloads are switched off by DISABLE_SESSIONS_DOWNLOAD' });
    expect(seen).toEqual([]);
  });

  it('says that the gateway is away', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('failed');
    });
    await expect(saveFile('/x', 'x')).rejects.toMatchObject({ code: 'unreachable' });
  });
});
