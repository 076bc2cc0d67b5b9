import { pieces, PROTOCOL, readSaid, type Said } from './wire';

export interface LinkEvents {
  said(said: Said): void;
  output(bytes: Uint8Array): void;
  /** The line is down. `opened`: it was up before. */
  closed(opened: boolean): void;
}

/** The line to one terminal. It is not joined again when it breaks: a new line is a new session. */
export class Link {
  private readonly socket: WebSocket;
  private readonly encoder = new TextEncoder();
  private opened = false;
  private gone = false;

  constructor(path: string, events: LinkEvents) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.socket = new WebSocket(url.href, [PROTOCOL]);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('open', () => {
      this.opened = true;
    });
    this.socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.gone) return;
      if (typeof data !== 'string') {
        events.output(new Uint8Array(data));
        return;
      }
      const said = readSaid(data);
      if (said !== null) events.said(said);
    });
    this.socket.addEventListener('close', () => {
      if (!this.gone) events.closed(this.opened);
    });
  }

  /** What is typed before the line is up, or after its end, goes nowhere. */
  private send(message: string | Uint8Array): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message as string | Uint8Array<ArrayBuffer>);
  }

  type(text: string): void {
    for (const piece of pieces(this.encoder.encode(text))) this.send(piece);
  }

  /** Reports of the mouse, which are bytes and no text. */
  typeBytes(latin: string): void {
    for (const piece of pieces(Uint8Array.from(latin, (letter) => letter.charCodeAt(0) & 0xff))) this.send(piece);
  }

  resize(cols: number, rows: number): void {
    this.send(JSON.stringify({ type: 'resize', cols, rows }));
  }

  answer(text: string): void {
    this.send(JSON.stringify({ type: 'answer', text }));
  }

  /** Ends the session; nothing is reported after it. */
  close(): void {
    this.gone = true;
    this.socket.close(1000);
  }
}
