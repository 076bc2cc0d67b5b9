import { describe, expect, it } from 'vitest';
import { decode, encode } from './passkeys';

describe('bytes of passkeys', () => {
  it('are base64url without padding', () => {
    const bytes = new Uint8Array([251, 255, 0, 62]);
    expect(encode(bytes.buffer)).toBe('-_8APg');
    expect([...decode('-_8APg')]).toEqual([251, 255, 0, 62]);
    expect(encode(decode('').buffer)).toBe('');
  });
});
