import { useSyncExternalStore } from 'react';
import { serverNow } from '../api/clock';

/** One beat for everything that ticks, stopped while nothing does. */
class Beat {
  private now: number;
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly every: number;

  constructor(every: number) {
    this.every = every;
    this.now = serverNow();
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    if (this.timer === undefined) {
      this.now = serverNow();
      this.timer = setInterval(() => {
        this.now = serverNow();
        for (const one of this.watchers) one();
      }, this.every);
    }
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  };

  get = (): number => this.now;
}

const second = new Beat(1000);
const halfMinute = new Beat(30_000);

/** The server's time, anew each second. */
export const useSecond = (): number => useSyncExternalStore(second.subscribe, second.get);

/** The server's time, anew each half minute. */
export const useHalfMinute = (): number => useSyncExternalStore(halfMinute.subscribe, halfMinute.get);
