import type { Session } from '../api/types';

/** `farid → oracle@k8s-prod`. */
export function Who({ session }: { session: Session }) {
  return (
    <>
      {session.user.name} <span className="muted">→</span> {session.account !== '' && `${session.account}@`}
      {session.resource.name}
    </>
  );
}

/** The same as plain text, for titles and labels. */
export function whoText(session: Session): string {
  return `${session.user.name} → ${session.account === '' ? '' : `${session.account}@`}${session.resource.name}`;
}
