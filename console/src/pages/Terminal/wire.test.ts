import { describe, expect, it } from 'vitest';
import { PIECE, pieces, readSaid, terminalPath } from './wire';

describe('a text message of a terminal', () => {
  it('names the session', () => expect(readSaid('{"type":"session","id":"0198"}')).toEqual({ type: 'session', id: '0198' }));
  it('asks, and hides the answer unless it says otherwise', () => {
    expect(readSaid('{"type":"prompt","text":"Password:","echo":false}')).toEqual({ type: 'prompt', text: 'Password:', echo: false });
    expect(readSaid('{"type":"prompt","text":"Code:"}')).toMatchObject({ echo: false });
    expect(readSaid('{"type":"prompt","text":"Name:","echo":true}')).toMatchObject({ echo: true });
  });
  it('ends it, with an exit status or without', () => {
    expect(readSaid('{"type":"end","reason":"user_disconnect","text":"bye","exit":3}')).toEqual({ type: 'end', reason: 'user_disconnect', text: 'bye', exit: 3 });
    expect(readSaid('{"type":"end","reason":"admin_terminate","text":"","exit":null}')).toMatchObject({ exit: null });
  });
  it.each(['{"type":"later"}', '{"type":"session"}', 'not json', '7', 'null', '[]'])('is passed over when it is %s', (text) =>
    expect(readSaid(text)).toBeNull(),
  );
});

it('a terminal is opened with its size, and with an account where one is asked for', () => {
  expect(terminalPath('db/1', '', { cols: 80, rows: 24 })).toBe('/v1/connect/db%2F1/terminal?cols=80&rows=24');
  expect(terminalPath('db', 'a b', { cols: 80, rows: 24 })).toBe('/v1/connect/db/terminal?cols=80&rows=24&account=a+b');
});

it('what is pasted goes out in pieces, in order and whole', () => {
  const bytes = Uint8Array.from({ length: PIECE * 2 + 7 }, (_, n) => n % 251);
  const sent = [...pieces(bytes)];
  expect(sent.map((piece) => piece.length)).toEqual([PIECE, PIECE, 7]);
  expect(Uint8Array.from(sent.flatMap((piece) => [...piece]))).toEqual(bytes);
});
