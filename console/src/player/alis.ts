/**
 * What comes over the line of a session as it runs: ALiS version 1. Numbers are LEB128; after the greeting each message is
 * one event. Only what a picture needs is read.
 */
export type LiveEvent =
  | { kind: 'greeting' }
  /** The whole screen as it is now. */
  | { kind: 'screen'; cols: number; rows: number; text: string }
  | { kind: 'output'; text: string }
  | { kind: 'resize'; cols: number; rows: number }
  | { kind: 'end' }
  /** Input, markers and what later versions add: nothing to draw. */
  | { kind: 'other' };

const GREETING = [0x41, 0x4c, 0x69, 0x53, 0x01];
const utf8 = new TextDecoder();

class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new RangeError('the message is cut');
    this.at += 1;
    return value;
  }

  /** Times are in microseconds and pass 32 bits, so that shifting will not do. */
  number(): number {
    let value = 0;
    let unit = 1;
    for (let n = 0; n < 8; n += 1) {
      const low = this.byte();
      value += (low & 0x7f) * unit;
      if ((low & 0x80) === 0) return value;
      unit *= 128;
    }
    throw new RangeError('a number is too long');
  }

  text(): string {
    const length = this.number();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('the message is cut');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return utf8.decode(part);
  }

  skip(count: number): void {
    this.at += count;
  }
}

/** Reads one message. Throws a `RangeError` when it is none. */
export function readLive(message: ArrayBuffer): LiveEvent {
  const bytes = new Uint8Array(message);
  if (bytes.length === GREETING.length && GREETING.every((byte, at) => bytes[at] === byte)) return { kind: 'greeting' };
  const reader = new Reader(bytes);
  const code = reader.byte();
  switch (code) {
    case 0x01: {
      reader.number();
      reader.number();
      const cols = reader.number();
      const rows = reader.number();
      const theme = reader.byte();
      // A theme is foreground, background and as many colours as its number says, three bytes each.
      if (theme !== 0) reader.skip((theme + 2) * 3);
      return { kind: 'screen', cols, rows, text: reader.text() };
    }
    case 0x6f:
      reader.number();
      reader.number();
      return { kind: 'output', text: reader.text() };
    case 0x72:
      reader.number();
      reader.number();
      return { kind: 'resize', cols: reader.number(), rows: reader.number() };
    case 0x04:
      return { kind: 'end' };
    default:
      return { kind: 'other' };
  }
}
