import type { ActivityEntry } from '../../../api/types';
import { bytes, count, elapsed } from '../../../format';
import styles from './Activity.module.css';

/** What is known of a statement once it was answered. */
export interface Answer {
  tag: string | null;
  error: { code: string; message: string } | null;
  parameters: (string | null)[];
  columns: string[];
  rows: (string | null)[][];
  more: boolean;
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const cell = (value: unknown): string | null => (value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Reads what a protocol of databases says of a statement; null when there is nothing to show. */
export function answerOf(entry: ActivityEntry): Answer | null {
  if (entry.kind !== 'statement') return null;
  const { tag, error, parameters, columns, preview, preview_truncated: more } = entry.detail;
  const fault = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : null;
  const answer: Answer = {
    tag: words(tag) || null,
    error: fault === null ? null : { code: words(fault['code']), message: words(fault['message']) },
    parameters: list(parameters).map(cell),
    columns: list(columns).map(words),
    rows: list(preview).map((row) => list(row).map(cell)),
    more: more === true,
  };
  const empty = answer.tag === null && answer.error === null && answer.parameters.length === 0 && answer.columns.length === 0;
  return empty ? null : answer;
}

/** What came of a statement: how it ended, its parameters, and the first rows. */
export function Statement({ entry, answer }: { entry: ActivityEntry; answer: Answer }) {
  return (
    <div className={styles['output']}>
      <div className={styles['about']}>
        {answer.tag !== null && <span>{answer.tag}</span>}
        <span>
          {count(entry.rows)} {entry.rows === 1 ? 'row' : 'rows'}
        </span>
        {entry.duration_ms > 0 && <span>took {elapsed(entry.duration_ms)}</span>}
        {entry.bytes > 0 && <span>{bytes(entry.bytes)}</span>}
      </div>
      {answer.error !== null && (
        <p className={styles['fault']}>
          {answer.error.code !== '' && <code>{answer.error.code}</code>} {answer.error.message}
        </p>
      )}
      {answer.parameters.length > 0 && (
        <p>
          Parameters:{' '}
          {answer.parameters.map((one, at) => (
            // Their place is their name.
            // oxlint-disable-next-line react/no-array-index-key
            <span key={at} className={styles['parameter']}>
              ${at + 1} = <Cell value={one} />
            </span>
          ))}
        </p>
      )}
      {answer.columns.length > 0 && (
        // A wide result scrolls in itself, also with keys.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles['result']} tabIndex={0} role="region" aria-label="Result">
          <table>
            <thead>
              <tr>
                {answer.columns.map((name, at) => (
                  // Columns of a result may have the same name.
                  // oxlint-disable-next-line react/no-array-index-key
                  <th key={at} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.rows.map((row, at) => (
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={at}>
                  {row.map((value, column) => (
                    // oxlint-disable-next-line react/no-array-index-key
                    <td key={column}>
                      <Cell value={value} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {answer.more && (
        <p className="muted">
          Shows {count(answer.rows.length)} of {count(entry.rows)} rows, so that the page stays quick.
        </p>
      )}
    </div>
  );
}

function Cell({ value }: { value: string | null }) {
  return value === null ? <span className="muted">NULL</span> : <code>{value}</code>;
}
