import type { Session } from '../../api/types';
import { sentence } from '../../format';
import { isOver, isRunning } from '../../session/states';

/** What stands in the picture's place: the live screen, the recording, or the reason why there is neither. `record`: the log beside it is all. */
export type Picture = { kind: 'live' } | { kind: 'replay' } | { kind: 'none'; title: string; words: string; soon?: boolean; record?: boolean; removed?: Removed | null };

/** When a recording was removed, and by which rule of retention. */
export type Removed = NonNullable<Session['recording']['removed']>;

const none = (title: string, words: string, soon = false) => ({ kind: 'none', title, words, soon }) as const;

/** What has to come about before there is a screen. */
const AHEAD: Record<string, string> = {
  awaiting_approval: 'Nothing reaches the resource before the reviewers have agreed.',
  scheduled: 'Its user may connect from its start on.',
  available: 'The screen appears here when its user connects.',
};

/** Decides what can be shown of a session. */
export function pictureOf(session: Session): Picture {
  const { state, recording, medium, authorized_actions: can } = session;
  const reason = recording.reason == null ? null : sentence(recording.reason);
  if (medium === 'raw') return none('No picture', 'A plain connection has no screen. Its recording is the connection log: who, when, how much.');
  if (medium === 'statements') return { ...none('No picture', 'A database session has no screen: its statements are the record.'), record: true };
  if (isRunning(state)) {
    if (can.includes('watch')) return { kind: 'live' };
    return none('You may not watch this session', 'You may see that it runs, but not its screen.');
  }
  if (state === 'failed' && session.first_logon_at === null) return none('Nothing was recorded', 'The session failed before anybody was connected.');
  switch (recording.state) {
    case 'available':
    case 'held':
      if (!can.includes('play')) return none('You may not play this recording', 'You may see that it exists, but not its content.');
      return { kind: 'replay' };
    case 'recording':
    case 'finalising':
      return none('The recording is being sealed', 'The player appears here by itself in a moment.', true);
    case 'expired':
      return {
        kind: 'none',
        title: 'The recording is no longer kept',
        words: 'What was done in the session stays in its activity log, and what happened to it in the audit log.',
        removed: recording.removed,
      };
    case 'deleted':
      return none('The recording was deleted', reason ?? 'What was done stays in the activity log.');
    case 'failed':
      return none('The recording could not be sealed', reason ?? 'See the event log.');
    default:
      if (state === 'provisioning') return none('The resource is prepared', 'The screen appears here when the session becomes active.', true);
      if (state === 'connecting') return none('The resource is dialled', 'The screen appears here when the session becomes active.', true);
      if (!isOver(state)) return none('Nobody is connected yet', AHEAD[state] ?? 'The screen appears here when the session becomes active.');
      return none('Nothing was recorded', reason ?? 'The session ended before anything was shown.');
  }
}
