import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Session } from '../../../api/types';
import { reachQuery } from '../../../connect/useReach';
import styles from '../Sessions.module.css';

/** Starts a session that is ready; the tip tells how a native client gets there. */
export function Launch({ session, children }: { session: Session; children: ReactNode }) {
  const reach = useQuery(reachQuery);
  const command = reach.data?.find((one) => one.name === session.resource.name)?.command ?? null;
  const words = command === null ? `Start ${session.resource.name}` : `Start here, or with: ${command}`;
  return (
    <Link to={session.medium === 'terminal' ? '/connect/$resource/terminal' : '/connect/$resource'} params={{ resource: session.resource.name }} tabIndex={-1} className={styles['small']} aria-label={`Start ${session.resource.name}`} title={words}>
      {children}
    </Link>
  );
}
