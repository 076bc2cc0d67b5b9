/** Short messages that go away by themselves; errors stay until they are closed. */
export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

let toasts: Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function set(list: Toast[]): void {
  toasts = list;
  for (const watcher of watchers) watcher();
}

export function toast(text: string, bad = false): void {
  const id = next;
  next += 1;
  set([...toasts.slice(-3), { id, text, bad }]);
  if (!bad) setTimeout(() => dismiss(id), 4500);
}

export function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

export const toastStore = {
  subscribe: (watcher: () => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  get: () => toasts,
};
