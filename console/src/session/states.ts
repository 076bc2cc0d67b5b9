import { serverNow } from '../api/clock';
import type { Session } from '../api/types';

/** The states of a session, with the words and the look of each. */
export type Look = 'live' | 'wait' | 'hold' | 'done' | 'off' | 'stop' | 'bad';

export interface StateInfo {
  word: string;
  look: Look;
  help: string;
}

const states: Record<string, StateInfo> = {
  scheduled: { word: 'scheduled', look: 'wait', help: 'Its start lies ahead' },
  awaiting_approval: { word: 'needs approval', look: 'wait', help: 'Undecided; no byte reaches the resource' },
  provisioning: { word: 'provisioning', look: 'wait', help: 'Steps before the session run' },
  available: { word: 'available', look: 'wait', help: 'Ready, nobody connected' },
  connecting: { word: 'connecting', look: 'wait', help: 'The gateway dials the resource' },
  active: { word: 'active', look: 'live', help: 'Connected and recorded' },
  locked: { word: 'locked', look: 'hold', help: 'Input is frozen; the connection is kept' },
  ending: { word: 'ending', look: 'off', help: 'Connections close, clean-up runs' },
  completed: { word: 'completed', look: 'done', help: 'Ended as planned' },
  canceled: { word: 'canceled', look: 'off', help: 'Withdrawn, or ended softly by an administrator' },
  terminated: { word: 'terminated', look: 'stop', help: 'Cut by an administrator or a rule' },
  denied: { word: 'denied', look: 'stop', help: 'A reviewer or a rule said no' },
  failed: { word: 'failed', look: 'bad', help: 'Something broke' },
};

export const STATE_WORDS = Object.keys(states);

export function stateInfo(state: string): StateInfo {
  return states[state] ?? { word: state.replaceAll('_', ' '), look: 'off', help: '' };
}

const TERMINAL = new Set(['completed', 'canceled', 'terminated', 'denied', 'failed']);
const RUNNING = new Set(['active', 'locked']);

/** The session is over for good. */
export const isOver = (state: string): boolean => TERMINAL.has(state);

/** Someone is connected: there is something to watch, and the clock runs. */
export const isRunning = (state: string): boolean => RUNNING.has(state);

/** How long after its end what was done in a session may still come in. */
const SETTLES_MS = 30_000;

/** Something may still be added to what is known of the session: it runs, or has only just ended. */
export function isMoving(session: Session): boolean {
  return session.ended_at === null || serverNow() - Date.parse(session.ended_at) < SETTLES_MS;
}

const reasons: Record<string, string> = {
  user_disconnect: 'the user disconnected',
  requester_cancel: 'ended early by its user',
  withdrawn: 'withdrawn before it was ready',
  max_duration: 'the maximum duration was reached',
  idle_timeout: 'idle for too long',
  admin_cancel: 'ended by an administrator',
  admin_terminate: 'terminated by an administrator',
  moderator_left: 'the required moderator left',
  policy_violation: 'a rule does not allow it',
  access_revoked: 'access was revoked',
  target_closed: 'the resource closed the connection',
  target_unreachable: 'the resource could not be reached',
  auth_failed: 'the resource refused the login',
  review_denied: 'a reviewer denied the request',
  review_timeout: 'no reviewer answered in time',
  recorder_failed: 'it could not be recorded',
  storage_full: 'no space was left for the recording',
  gateway_lost: 'the gateway was lost',
  gateway_shutdown: 'the gateway was shut down',
  protocol_error: 'the protocol was broken',
};

export const END_REASONS = Object.keys(reasons);

export function reasonWords(reason: string | null): string {
  return reason === null ? '' : (reasons[reason] ?? reason.replaceAll('_', ' '));
}
