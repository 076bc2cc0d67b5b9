import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../../../api/client';
import { Problem } from '../../../api/problem';
import type { Cell } from '../../../api/sql';
import type { components } from '../../../api/schema';
import type { ActivityEntry } from '../../../api/types';
import { count } from '../../../format';
import { Button } from '../../../ui/Button';
import { PasswordField } from '../../../ui/fields';
import { Notice } from '../../../ui/Notice';
import styles from './Recorded.module.css';

type Done = components['schemas']['RerunView'];
type Comparison = components['schemas']['Comparison'];

/** Runs a statement of the log again, as a session of one's own, and says what differs. */
export function Rerun({ entry, session, comparable }: { entry: ActivityEntry; session: string; comparable: boolean }) {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Problem | null>(null);
  const [secret, setSecret] = useState('');
  const [done, setDone] = useState<Done | null>(null);
  const [found, setFound] = useState<Comparison | null>(null);
  const asks = trouble?.code === 'secret_needed' || trouble?.code === 'wrong_secret';

  const run = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      const again = await body(
        api.POST('/v1/sessions/{id}/activity/{seq}/rerun', { params: { path: { id: session, seq: entry.seq } }, body: secret === '' ? {} : { secret } }),
      );
      setDone(again);
      if (comparable && again.error == null && again.columns.length > 0) {
        const query = { left: `${session}/${entry.seq}`, right: `${again.session}/${again.which}` };
        setFound(await body(api.GET('/v1/compare', { params: { query } })));
      }
    } catch (thrown) {
      setTrouble(Problem.of(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles['rerun']}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label="Statement">
        {entry.text}
      </pre>
      {done === null && (
        <p>It runs on the resource now, with all that it does, in a new session of yours and by the rules that hold for you. The session says whose statement it was.</p>
      )}
      {trouble !== null && (
        <Notice tone="danger" title={trouble.message}>
          {trouble.hint !== '' ? trouble.hint : undefined}
        </Notice>
      )}
      {asks && <PasswordField label="Password of the account" value={secret} onChange={setSecret} autoComplete="off" />}
      {done !== null && (
        <p role="status">
          {done.error == null ? `${done.tag ?? 'Done'}: ${count(done.rows)} ${done.rows === 1 ? 'row' : 'rows'}` : `It failed: ${done.error.message}`} ·{' '}
          <Link to="/sessions/$id" params={{ id: done.session }}>
            the new session
          </Link>
        </p>
      )}
      {found !== null && <Differences found={found} />}
      {done === null && (
        <div className={styles['buttons']}>
          <Button tone="primary" busy={busy} onClick={() => void run()}>
            Run again
          </Button>
        </div>
      )}
    </div>
  );
}

const shown = (cell: Cell | undefined): string => (cell == null ? 'null' : typeof cell === 'string' ? cell : `${cell.text}…`);

function Differences({ found }: { found: Comparison }) {
  if (found.same) {
    return (
      <Notice tone="info" title="Both results are the same">
        {count(found.rows_same)} rows{found.complete ? '' : ' were compared; there are more'}.
      </Notice>
    );
  }
  const values = (row: { values: unknown[] }) => row.values as Cell[];
  const lines = [
    ...found.removed.map((row) => ({ sign: '−', word: 'removed', row: row.row, cells: values(row).map(shown), was: null })),
    ...found.added.map((row) => ({ sign: '+', word: 'added', row: row.row, cells: values(row).map(shown), was: null })),
    ...found.changed.map(({ left, right }) => ({ sign: '±', word: 'changed', row: right.row, cells: values(right).map(shown), was: values(left).map(shown) })),
  ];
  const names = (columns: { name: string }[]) => columns.map((column) => column.name).join(', ');
  return (
    <>
      <p className={styles['counts']} role="status">
        <span>{count(found.rows_same)} the same</span>
        <span>{count(found.rows_added)} added</span>
        <span>{count(found.rows_removed)} removed</span>
        <span>{count(found.rows_changed)} changed</span>
        {found.key.length > 0 && <span className="muted">told apart by {found.key.join(', ')}</span>}
      </p>
      {found.columns_added.length > 0 && <p>New columns: {names(found.columns_added)}</p>}
      {found.columns_removed.length > 0 && <p>Lost columns: {names(found.columns_removed)}</p>}
      {found.columns_changed.length > 0 && <p>Columns of another type: {names(found.columns_changed)}</p>}
      {!found.complete && <p className="muted">The first half million rows of each were compared.</p>}
      {lines.length > 0 && (
        <div className={styles['table']} tabIndex={0} role="region" aria-label="Differences">
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <span className="hidden-visually">Difference</span>
                </th>
                <th scope="col">Row</th>
                {found.columns.map((column, nth) => (
                  <th key={nth} scope="col">
                    {column.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={`${line.word} ${line.row}`} data-difference={line.word}>
                  <td>
                    <span aria-hidden>{line.sign}</span>
                    <span className="hidden-visually">{line.word}</span>
                  </td>
                  <td>{line.row + 1}</td>
                  {line.cells.map((cell, nth) => (
                    <td key={nth}>
                      {line.was !== null && line.was[nth] !== cell && <del>{line.was[nth]}</del>} {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
