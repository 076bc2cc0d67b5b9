import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../api/problem';
import type { Session } from '../api/types';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { AreaField, NumberField, SelectField, SwitchField, TextField } from '../ui/fields';
import { Notice } from '../ui/Notice';
import { toast } from '../ui/toast';
import { emptyForm, orderMany, orderOne, orderWords, type OrderForm, type OrderVerb } from './orders';
import { StateMark } from './StateMark';
import { whoText } from './Who';
import styles from './OrderDialog.module.css';

interface Props {
  verb: OrderVerb | null;
  sessions: Session[];
  onClose(): void;
  /** Sessions as they are after the order. */
  onDone(changed: Session[]): void;
}

/** Asks before an order is given: names what it is about, and takes the reason. */
export function OrderDialog({ verb, sessions, onClose, onDone }: Props) {
  return verb === null || sessions.length === 0 ? null : (
    <Ask key={verb} verb={verb} sessions={sessions} onClose={onClose} onDone={onDone} />
  );
}

const SCOPES = [
  { value: 'session', label: 'This session' },
  { value: 'resource', label: 'Every session on the resource, and no new ones' },
  { value: 'user', label: 'Every session of the user, and no new ones' },
];

/** Orders of which the user hears nothing. */
const QUIET: OrderVerb[] = ['unlock', 'hold', 'release'];

function Ask({ verb, sessions: asked, onClose, onDone }: Props & { verb: OrderVerb }) {
  // Lists change under an open dialog, also by its own first orders; what it asked about stays.
  const [sessions] = useState(asked);
  const [form, setForm] = useState<OrderForm>(() => ({ ...emptyForm, scope: sessions[0]?.lock?.scope ?? 'session' }));
  const set = (part: Partial<OrderForm>) => setForm((old) => ({ ...old, ...part }));
  const words = orderWords[verb];
  const only = sessions.length === 1 ? sessions[0] : undefined;
  const order = useMutation({
    mutationFn: async () => {
      if (only !== undefined) return { changed: [await orderOne(only, verb, form)], failed: [] };
      if (verb === 'extend') throw new Problem(-1, { title: 'Sessions are extended one by one' });
      const { results } = await orderMany(
        sessions.map((session) => session.session_id),
        verb,
        form,
      );
      return { changed: [], failed: results.filter((result) => !result.ok) };
    },
    onSuccess: ({ changed, failed }) => {
      onDone(changed);
      if (failed.length > 0) return;
      toast(only === undefined ? `${sessions.length} sessions ${words.done}` : `Session ${words.done}`);
      onClose();
    },
  });
  const failed = order.data?.failed ?? [];
  const nameOf = (id: string) => {
    const found = sessions.find((session) => session.session_id === id);
    return found === undefined ? id : whoText(found);
  };

  return (
    <Dialog open onClose={onClose} title={only === undefined ? `${words.verb} ${sessions.length} sessions?` : `${words.verb} this session?`}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          order.mutate();
        }}
      >
        <ul className={styles['names']} aria-label="What it is about" {...(sessions.length > 6 ? { tabIndex: 0 } : {})}>
          {sessions.map((session) => (
            <li key={session.session_id}>
              <span>{whoText(session)}</span>
              <StateMark state={session.state} />
            </li>
          ))}
        </ul>
        <p className="muted">{words.explain}</p>
        <Fields verb={verb} form={form} set={set} one={only !== undefined} />
        {order.isError && <Notice tone="danger" title={Problem.of(order.error).title}>{Problem.of(order.error).message}</Notice>}
        {failed.length > 0 && (
          <Notice tone="warn" title={`${failed.length} of ${sessions.length} could not be ${words.done}`}>
            <ul>
              {failed.map((result) => (
                <li key={result.id}>
                  {nameOf(result.id)}: {result.error ?? 'refused'}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        <div className={styles['buttons']}>
          <Button onClick={onClose}>{failed.length > 0 ? 'Close' : 'Keep as it is'}</Button>
          {failed.length === 0 && (
            <Button type="submit" tone={words.danger ? 'danger' : 'primary'} busy={order.isPending}>
              {only === undefined ? `${words.verb} ${sessions.length} sessions` : words.verb}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function Fields({ verb, form, set, one }: { verb: OrderVerb; form: OrderForm; set(part: Partial<OrderForm>): void; one: boolean }) {
  if (verb === 'lock')
    return (
      <>
        <TextField label="Title" value={form.title} onChange={(title) => set({ title })} placeholder="On hold" autoFocus />
        <AreaField
          label="Message to the user"
          value={form.message}
          onChange={(message) => set({ message })}
          placeholder="Please call the service desk"
          rows={2}
        />
        {one && (
          <SelectField
            label="What it covers"
            value={form.scope}
            onChange={(scope) => set({ scope: scope ?? 'session' })}
            choices={SCOPES}
          />
        )}
      </>
    );
  if (verb === 'extend')
    return (
      <NumberField
        label="Minutes"
        value={form.minutes}
        min={1}
        max={1440}
        onChange={(minutes) => set({ minutes: minutes ?? 0 })}
        autoFocus
      />
    );
  return (
    <>
      <AreaField
        label="Reason"
        help={QUIET.includes(verb) ? 'Kept in the audit log' : 'Shown to the user and kept in the audit log'}
        value={form.reason}
        onChange={(reason) => set({ reason })}
        rows={2}
        autoFocus
      />
      {verb === 'terminate' && one && (
        <SwitchField
          label="Let the user come back"
          help="Cut the connections only; the right to connect stays until it expires"
          value={form.keepEntitlement}
          onChange={(keepEntitlement) => set({ keepEntitlement })}
        />
      )}
    </>
  );
}
