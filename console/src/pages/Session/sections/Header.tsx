import { Link, useRouter } from '@tanstack/react-router';
import { isAdmin, useMe } from '../../../api/me';
import type { Session } from '../../../api/types';
import { StateMark } from '../../../session/StateMark';
import { TypeTag } from '../../../session/TypeTag';
import { IconButton } from '../../../ui/IconButton';
import { IconArrowLeft } from '../../../ui/icons';
import styles from '../Session.module.css';
import { Actions } from './Actions';

/** Who is where as whom, how it stands, and what can be done about it. */
export function Header({ session, live, put }: { session: Session; live: boolean; put(session: Session): void }) {
  const router = useRouter();
  const me = useMe();
  const back = () => {
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: '/sessions', search: {} });
  };
  return (
    <header className={styles['header']}>
      <IconButton label="Back to the list" onClick={back}>
        <IconArrowLeft size={18} />
      </IconButton>
      <div className={styles['who']}>
        <h1>
          <Link to="/sessions" search={{ user: session.user.name }} title="Sessions of this user">
            {session.user.name}
          </Link>{' '}
          <span className="muted">→</span> {session.account !== '' && `${session.account}@`}
          {isAdmin(me) ? (
            <Link to="/manage/$kind/$name" params={{ kind: 'resource', name: session.resource.name }} title="The resource">
              {session.resource.name}
            </Link>
          ) : (
            <Link to="/sessions" search={{ resource: session.resource.name }} title="Sessions on this resource">
              {session.resource.name}
            </Link>
          )}
        </h1>
        <TypeTag type={session.resource.type} engine={session.resource.engine} />
        <span role="status" aria-label="State">
          <StateMark state={session.state} strong />
        </span>
        {live && <span className={styles['live']}>LIVE</span>}
      </div>
      <Actions session={session} put={put} />
    </header>
  );
}
