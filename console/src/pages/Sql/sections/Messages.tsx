import type { SqlMessage } from '../../../api/sql';
import { summary, took, type Result } from '../results';
import styles from '../Sql.module.css';

/** What the resource said of each statement. */
export function Messages({ results, source }: { results: Result[]; source: string }) {
  if (results.length === 0) return <p className={`muted ${styles['empty']}`}>What the resource says stands here.</p>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className={styles['messages']} aria-label="Messages" tabIndex={0}>
      {results.map((result) => (
        <li key={result.nth}>
          <code>{source.slice(result.from, result.to).slice(0, 300)}</code>
          {result.notices.map((notice, nth) => (
            <Said key={nth} said={notice} />
          ))}
          {result.error === null ? (
            <p className="muted">
              {summary(result)}
              {result.done && ` · ${took(result.tookMs)}`}
            </p>
          ) : (
            <Said said={result.error} failed />
          )}
        </li>
      ))}
    </ol>
  );
}

function Said({ said, failed = false }: { said: SqlMessage; failed?: boolean }) {
  return (
    <div className={styles['said']} data-failed={failed || undefined} role={failed ? 'alert' : undefined}>
      <strong>
        {said.severity} {said.code !== '00000' && said.code}
      </strong>{' '}
      {said.message}
      {said.detail !== '' && <p>Detail: {said.detail}</p>}
      {said.hint !== '' && <p>Hint: {said.hint}</p>}
      {said.position != null && <p className="muted">at character {said.position}</p>}
    </div>
  );
}
