import { describe, expect, it } from 'vitest';
import { readLive } from './alis';

const message = (...parts: (number | string)[]): ArrayBuffer =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)]))).buffer;

describe('a message of a live session', () => {
  it('is the greeting at first', () => expect(readLive(message('ALiS', 1))).toEqual({ kind: 'greeting' }));
  it('can be the whole screen', () => {
    // last id 300, 5 s in microseconds, 96 x 28, no theme
    const bytes = message(0x01, 0xac, 0x02, 0xc0, 0x96, 0xb1, 0x02, 96, 28, 0, 5, 'hello');
    expect(readLive(bytes)).toEqual({ kind: 'screen', cols: 96, rows: 28, text: 'hello' });
  });
  it('can be a screen with colours of its own', () => {
    const bytes = message(0x01, 1, 0, 80, 24, 8, ...Array.from({ length: 30 }, () => 9), 2, 'ok');
    expect(readLive(bytes)).toEqual({ kind: 'screen', cols: 80, rows: 24, text: 'ok' });
  });
  it('can be output, counted in bytes and not in letters', () => {
    expect(readLive(message(0x6f, 2, 10, 3, '€'))).toEqual({ kind: 'output', text: '€' });
    expect(readLive(message(0x6f, 2, 10, 0))).toEqual({ kind: 'output', text: '' });
  });
  it('can be a new size, and the end', () => {
    expect(readLive(message(0x72, 3, 0, 0x84, 0x01, 50))).toEqual({ kind: 'resize', cols: 132, rows: 50 });
    expect(readLive(message(0x04, 0))).toEqual({ kind: 'end' });
  });
  it('draws nothing for what was typed, for marks and for what is not known', () => {
    for (const code of [0x69, 0x6d, 0x78, 0xff]) expect(readLive(message(code, 1, 2, 1, 'x'))).toEqual({ kind: 'other' });
  });
  it.each([[[0x6f, 2]], [[0x6f, 2, 10, 9, 'cut']], [[0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]], [[]]])(
    'is refused when it is cut or endless: %j',
    (parts) => expect(() => readLive(message(...parts))).toThrow(RangeError),
  );
});
