import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, body } from '../../../api/client';
import type { Session } from '../../../api/types';
import { StateMark } from '../../../session/StateMark';
import { Who } from '../../../session/Who';
import { Moment } from '../../../ui/Moment';
import { Notice } from '../../../ui/Notice';
import { looksLikeId } from '../filters';
import styles from '../Sessions.module.css';

/** A session id leads to its session, also when that is outside the window or the filters. */
export function FoundById({ search, rows }: { search: string; rows: Session[] }) {
  const id = search.trim().toLowerCase();
  const found = useQuery({
    queryKey: ['session', 'by-id', id],
    enabled: looksLikeId(search),
    retry: false,
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}', { params: { path: { id } }, signal })),
  });
  const session = looksLikeId(search) ? found.data : undefined;
  if (session === undefined || rows.some((row) => row.session_id === session.session_id)) return null;
  return (
    <div className={styles['note']}>
      <Notice tone="info" title="This session is outside the filters or the window of time">
        <Link to="/sessions/$id" params={{ id: session.session_id }} search={{}}>
          <Who session={session} />
        </Link>{' '}
        <StateMark state={session.state} /> <Moment at={session.created_at} />
      </Notice>
    </div>
  );
}
