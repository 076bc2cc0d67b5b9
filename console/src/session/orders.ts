import { api, body } from '../api/client';
import type { BulkResult, Session, Verb } from '../api/types';

export type OrderVerb = Extract<Verb, 'cancel' | 'terminate' | 'lock' | 'unlock' | 'extend'>;

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
  const params = { path: { id: session.session_id } };
  const { reason, title, message, scope } = form;
  switch (verb) {
    case 'cancel':
      return body(api.POST('/v1/sessions/{id}:cancel', { params, body: { reason } }));
    case 'terminate':
      return body(
        api.POST('/v1/sessions/{id}:terminate', { params, body: { reason, keep_entitlement: form.keepEntitlement } }),
      );
    case 'lock':
      return body(api.POST('/v1/sessions/{id}:lock', { params, body: { title, message, scope } }));
    case 'unlock':
      return body(api.POST('/v1/sessions/{id}:unlock', { params, body: { reason } }));
    case 'extend':
      return body(
        api.POST('/v1/sessions/{id}:extend', {
          params: { ...params, header: { 'If-Match': String(session.version) } },
          body: { by_secs: form.minutes * 60 },
        }),
      );
  }
}

/** Gives one order about many sessions; some may fail, and the answer says which. */
export function orderMany(ids: string[], verb: Exclude<OrderVerb, 'extend'>, form: OrderForm): Promise<BulkResult> {
  const which = { ids, expected_count: ids.length };
  const { reason, title, message, scope } = form;
  switch (verb) {
    case 'cancel':
      return body(api.POST('/v1/sessions:cancel', { body: { ...which, reason } }));
    case 'terminate':
      return body(api.POST('/v1/sessions:terminate', { body: { ...which, reason } }));
    case 'lock':
      return body(api.POST('/v1/sessions:lock', { body: { ...which, title, message, scope } }));
    case 'unlock':
      return body(api.POST('/v1/sessions:unlock', { body: { ...which, reason } }));
  }
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
};
