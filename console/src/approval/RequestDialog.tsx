import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import { Problem } from '../api/problem';
import type { ConnectEntry, ReachApproval } from '../api/types';
import styles from '../session/OrderDialog.module.css';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { AreaField, SelectField, SwitchField, TextField } from '../ui/fields';
import { Notice } from '../ui/Notice';
import { toast } from '../ui/toast';
import { refresh } from './usePending';
import { spanText } from './words';

const SPANS = [900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 86_400];

interface Props {
  entry: ConnectEntry;
  /** The account's name; empty for the usual one. */
  account: string;
  /** What the approval takes; null when nobody has to agree. */
  approval: ReachApproval | null;
  onClose(): void;
}

/** Asks for access ahead of its use: why, from when, for how long. */
export function RequestDialog({ entry, account, approval, onClose }: Props) {
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [start, setStart] = useState('');
  const [glass, setGlass] = useState(false);
  const most = approval !== null && approval.covers_secs > 0 ? approval.covers_secs : entry.max_duration_secs;
  const spans = [...SPANS.filter((secs) => secs < most), most];
  const [lasts, setLasts] = useState(String(most));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const ask = useMutation({
    mutationFn: () =>
      body(
        api.POST('/v1/requests', {
          body: {
            resource: entry.name,
            account: account === '' ? null : account,
            reason: reason.trim(),
            ticket: ticket.trim(),
            starts_at: start === '' ? null : new Date(start).toISOString(),
            duration_secs: Number(lasts),
            break_glass: glass,
          },
        }),
      ),
    onSuccess: async (session) => {
      await refresh(queries);
      toast(session.state === 'awaiting_approval' ? 'Request sent' : 'Access granted');
      onClose();
      await navigate({ to: '/sessions/$id', params: { id: session.session_id }, search: {} });
    },
  });
  const needsReason = glass || (approval?.reason ?? false);
  return (
    <Dialog open onClose={onClose} title={`Request access to ${entry.name}`}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <p className="muted">
          {approval === null ? 'Nobody has to agree: you may connect as often as you like until the time is over.' : `Has to agree: ${approval.reviewers.join(', then ')}.`}
        </p>
        <AreaField label="Reason" help="Reviewers read it" value={reason} onChange={setReason} rows={2} required={needsReason} autoFocus />
        <TextField
          label="Ticket"
          value={ticket}
          onChange={setTicket}
          required={approval?.ticket != null}
          {...(approval?.ticket == null ? {} : { help: `In the form ${approval.ticket}: # stands for digits, * for any text` })}
        />
        <TextField label="Begins" help="At once when it is left empty" type="datetime-local" value={start} onChange={setStart} />
        <SelectField
          label="For how long"
          value={lasts}
          onChange={(value) => setLasts(value ?? String(most))}
          choices={spans.map((secs) => ({ value: String(secs), label: spanText(secs) }))}
        />
        {approval?.break_glass === true && (
          <SwitchField label="Break the glass" help="You are let in without waiting, and everybody concerned is alarmed" value={glass} onChange={setGlass} />
        )}
        {ask.isError && <Notice tone="danger" title={Problem.of(ask.error).message} />}
        <div className={styles['buttons']}>
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" tone={glass ? 'danger' : 'primary'} busy={ask.isPending} disabled={needsReason && reason.trim() === ''}>
            {glass ? 'Break the glass' : 'Request access'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
