import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../api/problem';
import { Uploads, type Send } from './uploads';

interface Sent {
  path: string;
  overwrite: boolean;
  progress(sent: number): void;
  resolve(): void;
  reject(error: unknown): void;
  cancelled: boolean;
}
let sent: Sent[];
let landed: string[];
let uploads: Uploads;

const send: Send = (path, _file, overwrite, progress) => {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const one: Sent = { path, overwrite, progress, resolve, reject, cancelled: false };
  sent.push(one);
  return {
    done,
    cancel: () => {
      one.cancelled = true;
      reject(new DOMException('cancelled', 'AbortError'));
    },
  };
};
const file = (name: string, taken = false) => ({ name, path: `/srv/${name}`, file: new Blob(['12345']), taken });
const states = () => uploads.get().map((one) => one.state);
const until = (wanted: string[]) => vi.waitFor(() => expect(states()).toEqual(wanted));

beforeEach(() => {
  sent = [];
  landed = [];
  uploads = new Uploads(send, (path) => landed.push(path));
});

describe('files that are sent', () => {
  it('go two at a time, and the next when one has landed', async () => {
    uploads.add([file('a'), file('b'), file('c')]);
    expect(states()).toEqual(['sending', 'sending', 'waiting']);
    sent[0]?.progress(3);
    expect(uploads.get()[0]?.sent).toBe(3);
    sent[0]?.resolve();
    await until(['done', 'sending', 'sending']);
    expect(landed).toEqual(['/srv/a']);
  });
  it('do not replace anything unless a person says so', async () => {
    uploads.add([file('a', true)]);
    expect(states()).toEqual(['asks']);
    expect(sent).toEqual([]);
    uploads.answer(1, true, false);
    expect(sent[0]?.overwrite).toBe(true);
  });
  it('ask also when only the server knows that the name is taken', async () => {
    uploads.add([file('a')]);
    expect(sent[0]?.overwrite).toBe(false);
    sent[0]?.reject(new Problem(409, { code: 'exists' }));
    await until(['asks']);
    uploads.answer(1, false, false);
    expect(states()).toEqual(['cancelled']);
    expect(sent).toHaveLength(1);
  });
  it('are replaced all when that was said, within the batch only', async () => {
    uploads.add([file('a', true), file('b', true), file('c')]);
    uploads.answer(1, true, true);
    expect(sent.map((one) => one.overwrite)).toEqual([false, true]);
    sent[0]?.resolve();
    sent[1]?.resolve();
    await vi.waitFor(() => expect(sent).toHaveLength(3));
    expect(sent[2]?.overwrite).toBe(true);
    sent[2]?.resolve();
    await until(['done', 'done', 'done']);
    uploads.add([file('d')]);
    expect(sent[3]?.overwrite).toBe(false);
  });
  it('can be cancelled under way, and the others go on', async () => {
    uploads.add([file('a'), file('b'), file('c')]);
    uploads.cancel(1);
    expect(sent[0]?.cancelled).toBe(true);
    await until(['cancelled', 'sending', 'sending']);
  });
  it('keep their failure, and can be tried again', async () => {
    uploads.add([file('a')]);
    sent[0]?.reject(new Problem(403, { title: 'not allowed', code: 'refused_by_profile' }));
    await until(['failed']);
    expect(uploads.get()[0]?.problem?.code).toBe('refused_by_profile');
    uploads.again(1);
    expect(states()).toEqual(['sending']);
    sent[1]?.resolve();
    await until(['done']);
    uploads.clear();
    expect(uploads.get()).toEqual([]);
  });
});
