import type { Player, Source } from 'asciinema-player';
import 'asciinema-player/dist/bundle/asciinema-player.css';
import './terminal.css';
import { readLive } from './alis';
import { look } from './look';

/** `moving`: drawn as it comes; `unseen`: kept for later; `paused`: the last picture stays and the line is put down. */
export type Flow = 'moving' | 'unseen' | 'paused';

export interface TileView {
  flow(next: Flow): void;
  dispose(): void;
}

export interface TileEvents {
  /** The first picture is there. */
  shown?(): void;
  ended?(): void;
}

/** At most four pictures a second: a wall is looked at, not read. All tiles draw on the same beat, so that the browser paints once. */
const FRAME_MS = 250;
/** What a tile out of sight keeps. Beyond it, joining again costs less than catching up. */
const KEPT_CHARS = 256 * 1024;
const RETRY_MS = [1000, 2000, 5000, 10_000];
/** From 4000 to 4100 the server has said that there is nothing more to come. */
const isEnd = (code: number): boolean => code >= 4000 && code <= 4100;

type Dispatch = (event: string, data?: unknown) => void;

/** The line to one session: joins, joins again, and hands over what came at most once a frame. */
class Line {
  private socket: WebSocket | null = null;
  private retries = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private frame: ReturnType<typeof setTimeout> | undefined;
  private waiting: (() => void)[] = [];
  private text = '';
  private state: Flow = 'paused';
  private over = false;
  private readonly url: string;
  private readonly dispatch: Dispatch;
  private readonly events: TileEvents;

  constructor(url: string, dispatch: Dispatch, events: TileEvents) {
    this.url = url;
    this.dispatch = dispatch;
    this.events = events;
  }

  flow(next: Flow): void {
    this.state = next;
    if (next === 'paused') this.leave();
    else if (next === 'moving') {
      if (this.socket === null && !this.over) this.join();
      this.plan();
    }
  }

  leave(): void {
    clearTimeout(this.retry);
    clearTimeout(this.frame);
    this.frame = undefined;
    this.waiting = [];
    this.text = '';
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }

  private join(): void {
    clearTimeout(this.retry);
    const socket = new WebSocket(this.url, ['v1.alis']);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (this.socket !== socket) return;
      try {
        this.take(data as ArrayBuffer);
      } catch {
        socket.close(4999);
      }
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (isEnd(code)) this.end();
      else if (!this.over && this.state === 'moving') {
        this.retry = setTimeout(() => this.state === 'moving' && this.join(), RETRY_MS[Math.min(this.retries, RETRY_MS.length - 1)]);
        this.retries += 1;
      }
    });
  }

  private take(message: ArrayBuffer): void {
    const event = readLive(message);
    switch (event.kind) {
      case 'screen': {
        this.retries = 0;
        const { cols, rows, text } = event;
        // What came before is in the picture.
        this.text = '';
        this.waiting = [() => this.dispatch('reset', { size: { cols, rows }, init: text, theme: null }), () => this.events.shown?.()];
        break;
      }
      case 'output':
        if (event.text === '') return;
        this.text += event.text;
        break;
      case 'resize': {
        const { cols, rows } = event;
        this.flushText();
        this.waiting.push(() => this.dispatch('resize', { cols, rows }));
        break;
      }
      case 'end':
        this.end();
        return;
      default:
        return;
    }
    if (this.state !== 'moving' && (this.text.length > KEPT_CHARS || this.waiting.length > 1000)) this.leave();
    else this.plan();
  }

  private flushText(): void {
    const { text } = this;
    if (text === '') return;
    this.text = '';
    this.waiting.push(() => this.dispatch('output', text));
  }

  private plan(): void {
    if (this.state !== 'moving' || this.frame !== undefined || (this.text === '' && this.waiting.length === 0)) return;
    this.frame = setTimeout(() => this.draw(), FRAME_MS - (performance.now() % FRAME_MS));
  }

  private draw(): void {
    this.frame = undefined;
    this.flushText();
    const { waiting } = this;
    this.waiting = [];
    for (const step of waiting) step();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.draw();
    this.leave();
    this.events.ended?.();
  }
}

/** Shows a running session small: the right screen at once, then at most four pictures a second. Begins paused. */
export async function mountTile(box: HTMLElement, path: string, events: TileEvents): Promise<TileView> {
  const { create } = await import('asciinema-player');
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let line: Line | null = null;
  let wanted: Flow = 'paused';
  let gone = false;
  // A driver of our own; the type file of the player does not know that a source can be one.
  const driver = ({ dispatch }: { dispatch: Dispatch }) => ({
    play: () => {
      line ??= new Line(url.href, dispatch, events);
      dispatch('play');
      dispatch('playing');
      if (!gone) line.flow(wanted);
      return true;
    },
    stop: () => line?.leave(),
    getCurrentTime: () => 0,
  });
  const player: Player = create(driver as unknown as Source, box, { ...look, cursorMode: 'steady', autoPlay: true });
  return {
    flow: (next) => {
      wanted = next;
      line?.flow(next);
    },
    dispose: () => {
      gone = true;
      line?.leave();
      player.dispose();
    },
  };
}
