import { Link, useParams } from '@tanstack/react-router';
import { LogView } from '../../session/LogView';
import { useTitle } from '../../layout/Page';
import styles from './EventLog.module.css';

const always = (): boolean => true;

/** The event log in a window of its own, so that the list stays where it was. */
export function EventLog() {
  const { id } = useParams({ strict: false }) as { id: string };
  useTitle(`Event log ${id.slice(0, 8)}`);
  return (
    <main className={styles['page']}>
      <header className={styles['head']}>
        <h1>Event log</h1>
        <Link to="/sessions/$id" params={{ id }} search={{}}>
          <code>{id}</code>
        </Link>
      </header>
      <LogView id={id} follow={always} ownWindow />
    </main>
  );
}
