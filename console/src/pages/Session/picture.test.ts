import { describe, expect, it } from 'vitest';
import type { Session } from '../../api/types';
import { pictureOf } from './picture';

const session = (state: string, recording: string, can: string[], medium = 'terminal') =>
  ({ state, medium, recording: { state: recording, formats: [], expires_at: null, reason: null }, authorized_actions: can }) as unknown as Session;

describe('the picture of a session', () => {
  it('is live while it runs and the viewer may watch', () => {
    expect(pictureOf(session('active', 'recording', ['watch'])).kind).toBe('live');
    expect(pictureOf(session('locked', 'recording', ['watch'])).kind).toBe('live');
    expect(pictureOf(session('active', 'recording', []))).toMatchObject({ kind: 'none', title: expect.stringMatching(/not watch/) });
  });
  it('is the recording after the end, for those who may play it', () => {
    expect(pictureOf(session('terminated', 'available', ['play'])).kind).toBe('replay');
    expect(pictureOf(session('completed', 'held', ['play'])).kind).toBe('replay');
    expect(pictureOf(session('completed', 'available', [])).kind).toBe('none');
  });
  it.each([
    ['completed', 'finalising', /sealed/],
    ['completed', 'expired', /no longer kept/],
    ['completed', 'deleted', /deleted/],
    ['failed', 'failed', /could not/],
    ['failed', 'none', /Nothing was recorded/],
    ['connecting', 'none', /The resource is dialled/],
  ])('%s with a recording that is %s has a reason', (state, recording, title) =>
    expect(pictureOf(session(state, recording, ['play']))).toMatchObject({ kind: 'none', title: expect.stringMatching(title) }),
  );
  it('does not exist of a session that failed before anybody was connected', () => {
    const failed = { ...session('failed', 'available', ['play']), first_logon_at: null };
    expect(pictureOf(failed)).toMatchObject({ kind: 'none', title: 'Nothing was recorded' });
    expect(pictureOf({ ...failed, first_logon_at: '2026-11-30T12:00:00Z' }).kind).toBe('replay');
  });
  it('does not exist for a plain connection', () => {
    expect(pictureOf(session('active', 'recording', ['watch'], 'raw')).kind).toBe('none');
  });
});
