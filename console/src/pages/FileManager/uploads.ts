import { Problem } from '../../api/problem';
import type { Sending } from '../../api/portal';

/** `asks`: there is a file of that name, and a person has to say what to do. */
export type UploadState = 'waiting' | 'sending' | 'asks' | 'done' | 'failed' | 'cancelled';

export interface Upload {
  id: number;
  name: string;
  path: string;
  size: number;
  sent: number;
  state: UploadState;
  problem: Problem | null;
}

export type Send = (path: string, file: Blob, overwrite: boolean, progress: (sent: number) => void) => Sending;

/** So many go at the same time: more would only share the same line. */
const AT_ONCE = 2;

const isOver = (state: UploadState): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

interface Kept {
  file: Blob;
  overwrite: boolean;
  sending: Sending | null;
}

/** Files on their way to the resource, one after the other. */
export class Uploads {
  private list: readonly Upload[] = [];
  private readonly kept = new Map<number, Kept>();
  private readonly watchers = new Set<() => void>();
  private next = 1;
  private replaceAll = false;
  private readonly send: Send;
  private readonly landed: (path: string) => void;

  /** `landed` is told of each file that has arrived. */
  constructor(send: Send, landed: (path: string) => void) {
    this.send = send;
    this.landed = landed;
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  get = (): readonly Upload[] => this.list;

  /** `taken`: there is already something of that name, as far as the page knows. */
  add(files: { name: string; path: string; file: Blob; taken: boolean }[]): void {
    // What was answered for one batch does not hold for the next.
    if (!this.list.some((one) => !isOver(one.state))) this.replaceAll = false;
    const added = files.map(({ name, path, file, taken }): Upload => {
      const id = this.next;
      this.next += 1;
      this.kept.set(id, { file, overwrite: false, sending: null });
      return { id, name, path, size: file.size, sent: 0, state: taken ? 'asks' : 'waiting', problem: null };
    });
    this.set([...this.list, ...added]);
    this.go();
  }

  /** Answers the question about a file that exists; `all` holds for those that ask later as well. */
  answer(id: number, replace: boolean, all: boolean): void {
    const asked = all ? this.list.filter((one) => one.state === 'asks').map((one) => one.id) : [id];
    if (all && replace) this.replaceAll = true;
    for (const one of asked) {
      const kept = this.kept.get(one);
      if (kept !== undefined) kept.overwrite = replace;
      this.change(one, replace ? { state: 'waiting', sent: 0 } : { state: 'cancelled' });
    }
    this.go();
  }

  cancel(id: number): void {
    this.kept.get(id)?.sending?.cancel();
    this.change(id, { state: 'cancelled' });
    this.go();
  }

  cancelAll(): void {
    for (const one of this.list) if (!isOver(one.state)) this.cancel(one.id);
  }

  again(id: number): void {
    this.change(id, { state: 'waiting', sent: 0, problem: null });
    this.go();
  }

  /** Takes what is over off the list. */
  clear(): void {
    for (const one of this.list) if (isOver(one.state)) this.kept.delete(one.id);
    this.set(this.list.filter((one) => !isOver(one.state)));
  }

  private set(list: readonly Upload[]): void {
    this.list = list;
    for (const watcher of this.watchers) watcher();
  }

  private change(id: number, part: Partial<Upload>): void {
    this.set(this.list.map((one) => (one.id === id ? { ...one, ...part } : one)));
  }

  private go(): void {
    let busy = this.list.filter((one) => one.state === 'sending').length;
    for (const one of this.list) {
      if (busy >= AT_ONCE) return;
      if (one.state !== 'waiting') continue;
      busy += 1;
      void this.start(one);
    }
  }

  private async start({ id, path }: Upload): Promise<void> {
    const kept = this.kept.get(id);
    if (kept === undefined) return;
    this.change(id, { state: 'sending', sent: 0 });
    const sending = this.send(path, kept.file, kept.overwrite || this.replaceAll, (sent) => {
      if (this.stateOf(id) === 'sending') this.change(id, { sent });
    });
    kept.sending = sending;
    try {
      await sending.done;
      this.change(id, { state: 'done', sent: kept.file.size });
      this.kept.delete(id);
      this.landed(path);
    } catch (thrown) {
      // Cancelled by the person: the state says so already.
      if (this.stateOf(id) !== 'cancelled') {
        const problem = Problem.of(thrown);
        this.change(id, problem.status === 409 ? { state: 'asks' } : { state: 'failed', problem });
      }
    }
    kept.sending = null;
    this.go();
  }

  private stateOf(id: number): UploadState | undefined {
    return this.list.find((one) => one.id === id)?.state;
  }
}
