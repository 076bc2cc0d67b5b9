import { Problem } from '../api/problem';
import { Button } from './Button';
import { IconBan, IconRefresh, IconWarning } from './icons';
import styles from './states.module.css';

/** What the server refused, in its own words, with a way on. */
export function Trouble({ error, retry, page = false }: { error: unknown; retry?: () => void; page?: boolean }) {
  const problem = Problem.of(error);
  const denied = problem.status === 403 || problem.status === 404;
  return (
    <div className={styles['state']} role="alert">
      <span className={`${styles['icon']} ${denied ? '' : styles['bad']}`} aria-hidden>
        {denied ? <IconBan size={28} stroke={1.5} /> : <IconWarning size={28} stroke={1.5} />}
      </span>
      {page ? <h1>{problem.title}</h1> : <strong>{problem.title}</strong>}
      <div className={`muted ${styles['words']}`}>
        {problem.message !== problem.title && <p>{problem.message}</p>}
        {problem.hint !== null && <p>{problem.hint}</p>}
        {problem.requestId !== null && (
          <p>
            Request <code>{problem.requestId}</code>
          </p>
        )}
      </div>
      {retry !== undefined && !denied && (
        <Button icon={<IconRefresh size={15} />} onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
