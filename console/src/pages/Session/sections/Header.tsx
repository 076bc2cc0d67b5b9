import { useRouter } from '@tanstack/react-router';
import type { Session } from '../../../api/types';
import { StateMark } from '../../../session/StateMark';
import { TypeTag } from '../../../session/TypeTag';
import { Who } from '../../../session/Who';
import { IconButton } from '../../../ui/IconButton';
import { IconArrowLeft } from '../../../ui/icons';
import styles from '../Session.module.css';
import { Actions } from './Actions';

/** Who is where as whom, how it stands, and what can be done about it. */
export function Header({ session, live, put }: { session: Session; live: boolean; put(session: Session): void }) {
  const router = useRouter();
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
          <Who session={session} />
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
