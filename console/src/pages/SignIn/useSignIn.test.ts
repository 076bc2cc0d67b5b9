import { describe, expect, it } from 'vitest';
import { safeNext } from './useSignIn';

describe('the way on after the sign-in', () => {
  it('stays on this site', () => {
    expect(safeNext('/sessions/abc?t=1m')).toBe('/sessions/abc?t=1m');
  });
  it.each([undefined, '', 'https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example', 'javascript:alert(1)'])(
    'is the start for %j',
    (next) => expect(safeNext(next)).toBe('/'),
  );
});
