import { problemOf, signedOutNow } from './client';
import { Problem } from './problem';
import { reachable } from './reachable';

/** What is larger goes straight to the browser's own downloads: the page would have to hold it until it is there. */
export const LARGE = 512 * 1024 * 1024;

/**
 * Fetches a file and gives it to the browser to keep. What the gateway refuses is thrown as a {@link Problem}, so that the page can say
 * it; a plain link would tell it in the browser's list of downloads only.
 */
export async function saveFile(path: string, name: string): Promise<void> {
  const answer = await fetch(path).catch(() => null);
  if (answer === null) {
    reachable.no();
    throw Problem.unreachable();
  }
  reachable.yes();
  if (answer.status === 401) signedOutNow();
  if (!answer.ok) throw await problemOf(answer);
  keep(URL.createObjectURL(await answer.blob()), name);
}

/** Leaves a file to the browser altogether. */
export const leaveToBrowser = (path: string, name: string): void => keep(path, name);

function keep(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then.
  if (href.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
