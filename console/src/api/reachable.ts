/** Whether the gateway answers. Any answer says yes; a request that never arrived says no, and then it is asked until it does. */
const EVERY_MS = 4000;

class Reachable {
  private answers = true;
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;

  /** An answer has come, whatever it says. */
  yes(): void {
    if (this.answers) return;
    this.answers = true;
    clearInterval(this.timer);
    this.tell();
  }

  /** A request has got no answer. */
  no(): void {
    if (!this.answers) return;
    this.answers = false;
    this.timer = setInterval(() => void this.ask(), EVERY_MS);
    this.tell();
  }

  ask = async (): Promise<void> => {
    try {
      await globalThis.fetch('/v1/health', { cache: 'no-store', signal: AbortSignal.timeout(EVERY_MS) });
      this.yes();
    } catch {
      this.no();
    }
  };

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  get = (): boolean => this.answers;

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}

export const reachable = new Reachable();

globalThis.addEventListener?.('offline', () => reachable.no());
globalThis.addEventListener?.('online', () => void reachable.ask());
