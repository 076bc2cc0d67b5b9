import { Copy } from './Copy';
import styles from './Command.module.css';

/** A line to type elsewhere, with a button that copies it. */
export function Command({ line, what = 'command' }: { line: string; what?: string }) {
  return (
    <span className={styles['line']}>
      <code>{line}</code>
      <Copy text={line} what={what} />
    </span>
  );
}
