import type { Approval, Session } from './types';

/** `open`: pushed; `waiting`: the stream is down and lists poll; `paused`: the tab is hidden. */
export type LiveState = 'open' | 'waiting' | 'paused';

export interface LiveEvent {
  kind: string;
  session: Session;
}

export interface LiveApproval {
  kind: string;
  approval: Approval;
}

export interface LiveListener {
  /** Changes since the last frame, in order. */
  changed?(events: LiveEvent[]): void;
  /** Somebody has asked reviewers, or they have said something. */
  approvals?(event: LiveApproval): void;
  /** Something may have been missed: ask the server again. */
  resync?(): void;
  state?(state: LiveState): void;
}

const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];

/**
 * One stream of session changes for the whole page. It is open while someone listens and the tab is visible, comes
 * back by itself, and hands over what it got once a frame.
 */
export class LiveStream {
  private source: EventSource | null = null;
  private readonly listeners = new Set<LiveListener>();
  private queue: LiveEvent[] = [];
  private frame = 0;
  private retries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private current: LiveState = 'waiting';
  private everOpen = false;
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
    document.addEventListener('visibilitychange', () => this.follow());
  }

  get state(): LiveState {
    return this.current;
  }

  listen(listener: LiveListener): () => void {
    this.listeners.add(listener);
    this.follow();
    return () => {
      this.listeners.delete(listener);
      this.follow();
    };
  }

  private follow(): void {
    if (this.listeners.size === 0 || document.hidden) {
      this.close();
      this.say(document.hidden ? 'paused' : 'waiting');
    } else if (this.source === null && this.timer === undefined) {
      this.open();
    }
  }

  private open(): void {
    this.timer = undefined;
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener('open', () => {
      this.retries = 0;
      this.say('open');
      // What happened between two streams of ours is not in the new one.
      if (this.everOpen) for (const listener of this.listeners) listener.resync?.();
      this.everOpen = true;
    });
    source.addEventListener('session', (event) => this.take(event));
    source.addEventListener('approval', (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as LiveApproval;
      for (const listener of this.listeners) listener.approvals?.(told);
    });
    source.addEventListener('resync', () => {
      for (const listener of this.listeners) listener.resync?.();
    });
    source.addEventListener('error', () => {
      this.say('waiting');
      if (source.readyState !== EventSource.CLOSED) return;
      this.source = null;
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.follow();
      }, RETRY_MS[Math.min(this.retries, RETRY_MS.length - 1)]);
      this.retries += 1;
    });
  }

  private close(): void {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private take(event: MessageEvent<string>): void {
    this.queue.push(JSON.parse(event.data) as LiveEvent);
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      const events = this.queue;
      this.queue = [];
      this.frame = 0;
      for (const listener of this.listeners) listener.changed?.(events);
    });
  }

  private say(state: LiveState): void {
    if (state === this.current) return;
    this.current = state;
    for (const listener of this.listeners) listener.state?.(state);
  }
}

export const live = new LiveStream('/v1/sessions/stream');
