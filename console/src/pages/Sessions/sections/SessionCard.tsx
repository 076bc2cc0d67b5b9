import type { Session } from '../../../api/types';
import { bytes } from '../../../format';
import { Running } from '../../../session/Running';
import { StateMark } from '../../../session/StateMark';
import { TypeTag } from '../../../session/TypeTag';
import { Who } from '../../../session/Who';
import { Moment } from '../../../ui/Moment';
import styles from '../Sessions.module.css';

/** A session where there is no room for columns. */
export function SessionCard({ session }: { session: Session }) {
  return (
    <div className={styles['card']}>
      <div className={styles['cardline']}>
        <strong className={styles['grow']}>
          <Who session={session} />
        </strong>
        <TypeTag type={session.resource.type} engine={session.resource.engine} />
      </div>
      <div className={styles['cardline']}>
        <span className={styles['grow']}>
          <StateMark state={session.state} />
        </span>
        <Running session={session} />
      </div>
      <div className={`${styles['cardline']} ${styles['cardsmall']}`}>
        <span className={styles['grow']}>
          <Moment at={session.started_at ?? session.created_at} /> · {session.client_ip}
        </span>
        {bytes(session.bytes_up + session.bytes_down)}
      </div>
    </div>
  );
}
