import { absolute, relative } from '../format';
import { useHalfMinute } from './useNow';

/** A time as people say it, with the exact one and its zone on hover. */
export function Moment({ at, none = '–' }: { at: string | null | undefined; none?: string }) {
  const now = useHalfMinute();
  if (at === null || at === undefined) return <span className="muted">{none}</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={absolute(ms)}>
      {relative(ms, Math.max(now, Math.min(ms, now + 5000)))}
    </time>
  );
}

/** A time in full. */
export function Exact({ at, none = '–' }: { at: string | null | undefined; none?: string }) {
  if (at === null || at === undefined) return <span className="muted">{none}</span>;
  return <time dateTime={at}>{absolute(Date.parse(at))}</time>;
}
