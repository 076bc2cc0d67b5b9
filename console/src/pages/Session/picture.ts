import type { Session } from '../../api/types';
import { isOver, isRunning } from '../../session/states';

/** What stands in the picture's place: the live screen, the recording, or the reason why there is neither. */
export type Picture = { kind: 'live' } | { kind: 'replay' } | { kind: 'none'; title: string; words: string; soon?: boolean };

const none = (title: string, words: string, soon = false): Picture => ({ kind: 'none', title, words, soon });

/** Decides what can be shown of a session. */
export function pictureOf(session: Session): Picture {
  const { state, recording, medium, authorized_actions: can } = session;
  if (medium === 'raw') return none('No picture', 'A plain connection has no screen. Its recording is the connection log: who, when, how much.');
  if (isRunning(state)) {
    if (can.includes('watch')) return { kind: 'live' };
    return none('You may not watch this session', 'You may see that it runs, but not its screen.');
  }
  switch (recording.state) {
    case 'available':
    case 'held':
      if (!can.includes('play')) return none('You may not play this recording', 'You may see that it exists, but not its content.');
      return { kind: 'replay' };
    case 'recording':
    case 'finalising':
      return none('The recording is being sealed', 'The player appears here by itself in a moment.', true);
    case 'expired':
      return none('The recording has expired', recording.reason ?? 'It was removed when its retention ended. What was done stays in the activity log.');
    case 'deleted':
      return none('The recording was deleted', recording.reason ?? 'What was done stays in the activity log.');
    case 'failed':
      return none('The recording could not be sealed', recording.reason ?? 'See the event log.');
    default:
      if (!isOver(state)) return none('Nobody is connected yet', 'The screen appears here when the session becomes active.', true);
      return none('Nothing was recorded', recording.reason ?? 'The session ended before anything was shown.');
  }
}
