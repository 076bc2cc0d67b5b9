import { api, body } from '../api/client';
import type { BulkOutcome, Session, Verb } from '../api/types';

export type OrderVerb = Extract<Verb, 'cancel' | 'terminate' | 'lock' | 'unlock' | 'extend' | 'hold' | 'release'>;

/** What a person fills in before an order is given. */
export interface OrderForm {
  reason: string;
  title: string;
  message: string;
  scope: string;
  minutes: number;
  keepEntitlement: boolean;
}

export const emptyForm: OrderForm = {
  reason: '',
  title: '',
  message: '',
  scope: 'session',
  minutes: 30,
  keepEntitlement: false,
};

/** Gives an order about one session. */
export function orderOne(session: Session, verb: OrderVerb, form: OrderForm): Promise<Session> {
  const { reason, title, message, scope } = form;
  return body(
    api.POST('/v1/sessions/{id}:{verb}', {
      params: { path: { id: session.session_id, verb } },
      // An extension adds up: it must not be given twice because two people saw the same end.
      headers: verb === 'extend' ? { 'If-Match': `"${session.version}"` } : {},
      body: {
        reason,
        title,
        message,
        scope,
        keep_entitlement: verb === 'terminate' && form.keepEntitlement,
        by_secs: verb === 'extend' ? form.minutes * 60 : null,
      },
    }),
  );
}

/** Gives one order about many sessions; some may fail, and the answer says which. */
export function orderMany(ids: string[], verb: Exclude<OrderVerb, 'extend'>, form: OrderForm): Promise<BulkOutcome> {
  const { reason, title, message } = form;
  return body(
    api.POST('/v1/sessions:{verb}', {
      params: { path: { verb } },
      body: { ids, filter: null, expected_count: ids.length, reason, title, message },
    }),
  );
}

export interface OrderWords {
  verb: string;
  done: string;
  explain: string;
  danger: boolean;
}

export const orderWords: Record<OrderVerb, OrderWords> = {
  cancel: {
    verb: 'End',
    done: 'ended',
    explain: 'The user is told and the session ends in order. What was recorded stays.',
    danger: false,
  },
  terminate: {
    verb: 'Terminate',
    done: 'terminated',
    explain: 'Every connection is cut at once. What was recorded stays.',
    danger: true,
  },
  lock: {
    verb: 'Lock',
    done: 'locked',
    explain: 'What the user types no longer reaches the resource. The connection stays up and the user is told.',
    danger: false,
  },
  unlock: {
    verb: 'Unlock',
    done: 'unlocked',
    explain: 'The session goes on. What was typed while it was locked is not sent.',
    danger: false,
  },
  extend: { verb: 'Extend', done: 'extended', explain: 'The scheduled end moves.', danger: false },
  hold: { verb: 'Hold', done: 'held', explain: 'The recording is kept until it is released, whatever the rules of retention say.', danger: false },
  release: { verb: 'Release', done: 'released', explain: 'The rules of retention apply to the recording again, at once.', danger: true },
};
