import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../../api/client';
import { useMe } from '../../../api/me';
import { Problem } from '../../../api/problem';
import { resultFile, valueFile, type Cell } from '../../../api/sql';
import type { ActivityEntry } from '../../../api/types';
import { bytes } from '../../../format';
import { Button } from '../../../ui/Button';
import { Dialog } from '../../../ui/Dialog';
import { IconDownload, IconRefresh } from '../../../ui/icons';
import { Notice } from '../../../ui/Notice';
import { Trouble } from '../../../ui/Trouble';
import { Waiting } from '../../../ui/Waiting';
import { Rerun } from './Rerun';
import styles from './Recorded.module.css';

/** Rows that are shown beside a statement. */
const ROWS = 50;

/** What the recording has of a statement's result, as files and in full, and a second run. `cut`: more than what is shown beside it. */
export function Recorded({ entry, cut }: { entry: ActivityEntry; cut: boolean }) {
  const me = useMe();
  const [again, setAgain] = useState(false);
  const [open, setOpen] = useState(false);
  const session = entry.id.split('/')[0] ?? '';
  const has = entry.detail['result'] !== undefined;
  return (
    <div className={styles['statement']}>
      <div className={styles['about']}>
        {has && cut && (
          <Button small onClick={() => setOpen(!open)} aria-expanded={open}>
            {open ? 'Hide the recording' : 'From the recording'}
          </Button>
        )}
        {has && me.downloads_enabled && (
          <>
            <a href={resultFile(session, String(entry.seq), 'csv')} download>
              <IconDownload size={14} aria-hidden /> CSV
            </a>
            <a href={resultFile(session, String(entry.seq), 'jsonl')} download>
              <IconDownload size={14} aria-hidden /> JSON lines
            </a>
          </>
        )}
        <span className={styles['space']} />
        <Button small icon={<IconRefresh size={14} />} onClick={() => setAgain(true)}>
          Run again
        </Button>
      </div>
      {open && <Rows session={session} seq={entry.seq} />}
      <Dialog open={again} onClose={() => setAgain(false)} title="Run this statement again" wide>
        <Rerun entry={entry} session={session} comparable={has} />
      </Dialog>
    </div>
  );
}

function Rows({ session, seq }: { session: string; seq: number }) {
  const me = useMe();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['result', session, seq],
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}/results/{which}', { params: { path: { id: session, which: String(seq) }, query: { limit: ROWS } }, signal })),
    staleTime: Infinity,
    retry: false,
  });
  if (isPending) return <Waiting label="Reading the recording" />;
  if (data === undefined) {
    return Problem.of(error).code === 'no_result' ? <p className="muted">The recording has no rows of it.</p> : <Trouble error={error} retry={() => void refetch()} />;
  }
  const rows = data.rows as unknown as Cell[][];
  const cuts = rows.some((row) => row.some((cell) => cell !== null && typeof cell === 'object'));
  return (
    <>
      {cuts && (
        <Notice tone="info" title="Long values are cut here">
          So that the browser stays responsive; the recording has all of them.{' '}
          {me.downloads_enabled ? 'Each has a link to all of it, as a file.' : 'Downloads are switched off here by DISABLE_SESSIONS_DOWNLOAD, so they cannot be fetched as files.'}
        </Notice>
      )}
      <div className={styles['table']} tabIndex={0} role="region" aria-label="Rows of the result">
        <table>
          <thead>
            <tr>
              {data.columns.map((column, nth) => (
                <th key={nth} scope="col">
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, nth) => (
                  <td key={nth} data-null={cell === null || undefined}>
                    {cell === null ? 'null' : typeof cell === 'string' ? cell.slice(0, 300) : cell.text.slice(0, 300)}
                    {cell !== null && typeof cell === 'object' && (
                      <small>
                        {' '}
                        … {bytes(cell.total)}
                        {me.downloads_enabled && (
                          <>
                            {' '}
                            <a href={valueFile(session, String(seq), at, nth)} download>
                              all of it
                            </a>
                          </>
                        )}
                      </small>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.more && <p className="muted">The first {ROWS} rows are shown.</p>}
    </>
  );
}
