import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Session } from '../../api/types';
import { count } from '../../format';
import { Running } from '../../session/Running';
import { StateMark } from '../../session/StateMark';
import { reasonWords } from '../../session/states';
import { TypeTag } from '../../session/TypeTag';
import { Who, whoText } from '../../session/Who';
import { Moment } from '../../ui/Moment';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './Home.module.css';
import { useFew } from './useFew';

interface Props {
  title: string;
  /** What is asked of the API. */
  query: Record<string, string>;
  /** The same in the address of the list. */
  search: Record<string, string>;
  empty: ReactNode;
  most?: number;
}

/** A few sessions, with the way to all of their kind. */
export function Few({ title, query, search, empty, most = 6 }: Props) {
  const few = useFew(title, query, most);
  const sessions = few.data?.sessions ?? [];
  const total = few.data?.total;
  return (
    <section className={styles['panel']} aria-label={title}>
      <div className={styles['panelhead']}>
        <h2>{title}</h2>
        {total != null && (
          <span className="muted">
            {count(total)}
            {few.data?.total_is_capped && '+'}
          </span>
        )}
        <span className={styles['space']} />
        <Link to="/sessions" search={search}>
          All<span className="hidden-visually"> of {title.toLowerCase()}</span>
        </Link>
      </div>
      {few.isPending ? (
        <Waiting />
      ) : few.data === undefined ? (
        <Trouble error={few.error} retry={() => void few.refetch()} />
      ) : sessions.length === 0 ? (
        <p className={`muted ${styles['empty']}`}>{empty}</p>
      ) : (
        <ul className={styles['few']}>
          {sessions.map((session) => (
            <One key={session.session_id} session={session} />
          ))}
        </ul>
      )}
    </section>
  );
}

function One({ session }: { session: Session }) {
  return (
    <li>
      <Link to="/sessions/$id" params={{ id: session.session_id }} search={{}} aria-label={`${whoText(session)}, ${session.state}`}>
        <span className={styles['who']}>
          <TypeTag type={session.resource.type} engine={session.resource.engine} /> <Who session={session} />
        </span>
        <span className={styles['how']}>
          <StateMark state={session.state} />
          <span className="muted">
            <Running session={session} />
          </span>
          <span className="muted">
            <Moment at={session.started_at ?? session.created_at} />
          </span>
          {session.state === 'failed' && <span className={`muted ${styles['why']}`}>{session.error?.message ?? reasonWords(session.end_reason)}</span>}
        </span>
      </Link>
    </li>
  );
}
