import { memo, useState } from 'react';
import type { ActivityEntry } from '../../../api/types';
import { absolute, bytes, clock, count, elapsed } from '../../../format';
import { Copy } from '../../../ui/Copy';
import { IconButton } from '../../../ui/IconButton';
import { IconChevronRight, IconDatabase, IconFile, IconNetwork, IconNote, IconTerminal, IconWarning } from '../../../ui/icons';
import { Tag } from '../../../ui/Tag';
import styles from './Activity.module.css';
import { Recorded } from './Recorded';
import { answerOf, Statement } from './Statement';

const icons: Record<string, typeof IconTerminal> = {
  command: IconTerminal,
  request: IconNetwork,
  statement: IconDatabase,
  file: IconFile,
  note: IconNote,
  forward: IconNetwork,
};

interface Props {
  entry: ActivityEntry;
  now: boolean;
  seek: ((real: number, connection: string) => void) | undefined;
}

const rowWords = (rows: number): string => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** One command, statement, file or note, with what came of it. */
export const ActivityRow = memo(function ActivityRow({ entry, now, seek }: Props) {
  const [open, setOpen] = useState(false);
  const Icon = icons[entry.kind] ?? IconNote;
  const refused = entry.outcome === 'refused';
  const bad = refused || entry.outcome === 'failed';
  const { output } = entry;
  const answer = answerOf(entry);
  const what = answer === null ? 'output' : 'answer';
  const line = (
    <>
      <time dateTime={entry.at} title={absolute(Date.parse(entry.at))}>
        {clock(entry.t_ms)}
      </time>
      {bad ? <IconWarning size={15} aria-hidden /> : <Icon size={15} aria-hidden />}
      <span className={styles['kind']}>{entry.kind}</span>
      <code>{entry.text}</code>
    </>
  );
  return (
    <li className={styles['entry']} data-now={now || undefined} data-bad={bad || undefined}>
      <div className={styles['line']}>
        {seek === undefined ? (
          <div className={styles['what']}>{line}</div>
        ) : (
          <button type="button" className={styles['what']} aria-current={now || undefined} onClick={() => seek(entry.t_ms, entry.connection_id)}>
            {line}
          </button>
        )}
        <span className={styles['outcome']}>
          {entry.kind === 'statement' && !bad && answer !== null && <span className={styles['rows']}>{rowWords(entry.rows)}</span>}
          {bad && <Tag tone="danger">{refused ? 'refused' : entry.exit_code === null ? 'failed' : `exit ${entry.exit_code}`}</Tag>}
        </span>
        {(output !== null || answer !== null) && (
          <IconButton label={open ? `Hide the ${what}` : `Show the ${what}`} small aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconChevronRight size={15} className={open ? styles['turned'] : ''} />
          </IconButton>
        )}
      </div>
      {open && answer !== null && (
        <>
          <Statement entry={entry} answer={answer} />
          <Recorded entry={entry} cut={answer.more || answer.rows.some((row) => row.some((value) => value?.endsWith('…') === true))} />
        </>
      )}
      {open && output !== null && (
        <div className={styles['output']}>
          <div className={styles['about']}>
            {entry.duration_ms > 0 && <span>took {elapsed(entry.duration_ms)}</span>}
            <span>{bytes(output.total_bytes)}</span>
            <span className={styles['space']} />
            <Copy text={output.preview} what="output" />
          </div>
          {/* A long output scrolls, so the keyboard must be able to reach it. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} aria-label="Output">{output.preview === '' ? '(no output)' : output.preview}</pre>
          {output.truncated && (
            <p className="muted">
              Shows {bytes(new Blob([output.preview]).size)} of {bytes(output.total_bytes)}, so that the page stays quick.
            </p>
          )}
        </div>
      )}
    </li>
  );
});
