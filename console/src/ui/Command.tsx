import { Fragment } from 'react';
import { Copy } from './Copy';
import styles from './Command.module.css';

/** Words up to this length stay on one line: browsers would break `--option` behind a dash. */
const SHORT = 24;

/** A line to type elsewhere, with a button that copies it. */
export function Command({ line, what = 'command' }: { line: string; what?: string }) {
  return (
    <span className={styles['line']}>
      <code>
        {line.split(' ').map((word, at) => (
          // Words do not move, and the same one may come twice.
          // oxlint-disable-next-line react/no-array-index-key
          <Fragment key={at}>
            {at > 0 && ' '}
            {word.length > SHORT ? word : <span className={styles['word']}>{word}</span>}
          </Fragment>
        ))}
      </code>
      <Copy text={line} what={what} />
    </span>
  );
}
