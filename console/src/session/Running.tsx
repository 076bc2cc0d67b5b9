import type { Session } from '../api/types';
import { duration } from '../format';
import { useSecond } from '../ui/useNow';
import { isOver } from './states';

/** How long a session lasted; counts up while it runs, and says nothing before it started. */
export function Running({ session }: { session: Session }) {
  if (session.started_at === null) return <span className="muted">–</span>;
  if (isOver(session.state)) return <>{duration(session.duration_ms)}</>;
  return <Ticking since={session.started_at} />;
}

function Ticking({ since }: { since: string }) {
  const now = useSecond();
  return <span className="ticks">{duration(now - Date.parse(since))}</span>;
}
