import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { changeFile, sendFile, type FileLine } from '../../api/portal';
import { Problem } from '../../api/problem';
import { count } from '../../format';
import { toast } from '../../ui/toast';
import type { Gathered } from './gather';
import { join } from './paths';
import { Uploads } from './uploads';

/** Files on their way into a session's folders; the page cannot be left by accident while they are. */
export function useUploads(session: string, refresh: () => void, heard: (thrown: unknown) => Problem) {
  const latest = useRef({ refresh, heard });
  latest.current = { refresh, heard };
  const uploads = useMemo(
    () =>
      new Uploads(
        (to, file, overwrite, progress) => sendFile(session, to, file, overwrite, progress),
        () => latest.current.refresh(),
      ),
    [session, latest],
  );
  const list = useSyncExternalStore(uploads.subscribe, uploads.get);
  const sending = list.some((one) => one.state === 'sending' || one.state === 'waiting');
  useEffect(() => {
    if (!sending) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [sending]);
  useEffect(() => () => uploads.cancelAll(), [uploads]);
  const refused = list.find((one) => one.problem?.status === 410)?.problem;
  useEffect(() => {
    if (refused != null) latest.current.heard(refused);
  }, [refused]);

  /** Makes the folders, and sends the files into them. */
  const send = useCallback(
    async (here: string, rows: readonly FileLine[], { folders, files, left }: Gathered) => {
      if (left > 0) toast(`${count(left)} ${left === 1 ? 'file was' : 'files were'} left out: too many at once, too deep, or not readable`, true);
      for (const folder of folders) {
        try {
          await changeFile(session, 'mkdir', { path: join(here, folder) });
        } catch (thrown) {
          const problem = Problem.of(thrown);
          // A folder that exists already is filled up.
          if (problem.status === 409) continue;
          latest.current.heard(problem);
          toast(`${folder} was not made: ${problem.message}`, true);
          return;
        }
      }
      if (folders.length > 0) latest.current.refresh();
      const known = new Set(rows.map((row) => row.name));
      uploads.add(files.map(({ path, file }) => ({ name: path, path: join(here, path), file, taken: known.has(path) })));
    },
    [session, uploads, latest],
  );
  return { uploads, list, send };
}
