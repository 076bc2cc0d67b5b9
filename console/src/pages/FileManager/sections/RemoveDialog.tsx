import { useState } from 'react';
import type { FileLine } from '../../../api/portal';
import type { Problem } from '../../../api/problem';
import { count } from '../../../format';
import { Button } from '../../../ui/Button';
import { Dialog } from '../../../ui/Dialog';
import { Notice } from '../../../ui/Notice';
import { Kind, sizeWords } from '../columns';
import styles from '../FileManager.module.css';

const SHOWN = 12;

interface Props {
  entries: FileLine[];
  folder: string;
  onClose(): void;
  /** Something may have gone. */
  onDone(): void;
  /** Removes one; gives the problem when it was refused. */
  onRemove(entry: FileLine): Promise<Problem | null>;
}

/** Asks before anything is deleted, and names what goes. */
export function RemoveDialog({ entries, folder, onClose, onDone, onRemove }: Props) {
  const [done, setDone] = useState<number | null>(null);
  const [failed, setFailed] = useState<{ name: string; problem: Problem }[]>([]);
  const folders = entries.filter((entry) => entry.kind === 'folder').length;
  const only = entries.length === 1 ? entries[0] : undefined;
  const what = only === undefined ? `${count(entries.length)} entries` : only.name;
  const over = failed.length > 0;
  const remove = async () => {
    const refused: { name: string; problem: Problem }[] = [];
    for (const [at, entry] of entries.entries()) {
      setDone(at);
      const problem = await onRemove(entry);
      if (problem !== null) refused.push({ name: entry.name, problem });
    }
    setDone(null);
    onDone();
    if (refused.length === 0) onClose();
    else setFailed(refused);
  };
  return (
    <Dialog open ownFocus onClose={onClose} title={`Delete ${what}?`}>
      <div className={styles['form']}>
        {over ? (
          <Notice tone="danger" title={`${count(failed.length)} of ${count(entries.length)} could not be deleted`}>
            <ul className={styles['failed']}>
              {failed.slice(0, SHOWN).map(({ name, problem }) => (
                <li key={name}>
                  <code>{name}</code>: {problem.message}
                </li>
              ))}
            </ul>
          </Notice>
        ) : (
          <>
            <ul className={styles['names']} aria-label={`In ${folder}`}>
              {entries.slice(0, SHOWN).map((entry) => (
                <li key={entry.name}>
                  <Kind entry={entry} />
                  <code>{entry.name}</code>
                  <span className="muted">{entry.kind === 'folder' ? 'and all that is in it' : sizeWords(entry)}</span>
                </li>
              ))}
              {entries.length > SHOWN && <li className="muted">and {count(entries.length - SHOWN)} more</li>}
            </ul>
            <p className="muted">
              From <code>{folder}</code>. {folders > 0 && 'Folders go with everything in them. '}This cannot be undone.
            </p>
          </>
        )}
        <div className={styles['buttons']}>
          <Button onClick={onClose}>{over ? 'Close' : 'Keep'}</Button>
          {!over && (
            <Button tone="danger" busy={done !== null} onClick={() => void remove()} data-autofocus>
              {only === undefined ? `Delete ${count(entries.length)} entries` : 'Delete'}
            </Button>
          )}
        </div>
        <span role="status" className="hidden-visually">
          {done === null ? '' : `Deleting ${done + 1} of ${entries.length}`}
        </span>
      </div>
    </Dialog>
  );
}
