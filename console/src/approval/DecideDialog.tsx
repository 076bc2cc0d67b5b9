import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../api/problem';
import type { Approval } from '../api/types';
import styles from '../session/OrderDialog.module.css';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { AreaField } from '../ui/fields';
import { Notice } from '../ui/Notice';
import { toast } from '../ui/toast';
import { ApprovalMark } from './ApprovalMark';
import { decide, type Ballot } from './decide';
import { refresh } from './usePending';
import { askText } from './words';

interface Props {
  ballot: Ballot;
  approvals: Approval[];
  onClose(): void;
}

const WORDS = {
  approve: { verb: 'Approve', done: 'approved', explain: 'Whoever waits goes on by themselves, as soon as all who have to have agreed.' },
  deny: { verb: 'Deny', done: 'denied', explain: 'It is over at once, whatever others say. Whoever waits reads what you write here.' },
};

/** Asks before a vote: names what it is about, and takes a few words. */
export function DecideDialog({ ballot, approvals: asked, onClose }: Props) {
  // Lists change under an open dialog, also by its own first votes; what it asked about stays.
  const [approvals] = useState(asked);
  const [comment, setComment] = useState('');
  const queries = useQueryClient();
  const words = WORDS[ballot];
  const n = approvals.length;
  const vote = useMutation({
    mutationFn: () => decide(approvals, ballot, comment.trim()),
    onSettled: () => refresh(queries),
    onSuccess: (refused) => {
      if (refused.length > 0) return;
      toast(n === 1 ? `Request ${words.done}` : `${n} requests ${words.done}`);
      onClose();
    },
  });
  const refused = vote.data ?? [];
  const nameOf = (id: string) => {
    const found = approvals.find((approval) => approval.id === id);
    return found === undefined ? id : askText(found);
  };
  return (
    <Dialog open onClose={onClose} title={n === 1 ? `${words.verb} this request?` : `${words.verb} ${n} requests?`}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          vote.mutate();
        }}
      >
        <ul className={styles['names']} aria-label="What it is about" {...(n > 6 ? { tabIndex: 0 } : {})}>
          {approvals.map((approval) => (
            <li key={approval.id}>
              <span>{askText(approval)}</span>
              <ApprovalMark approval={approval} />
            </li>
          ))}
        </ul>
        <p className="muted">{words.explain}</p>
        <AreaField label="Comment" help="The requester reads it; kept in the audit log" value={comment} onChange={setComment} rows={2} autoFocus />
        {vote.isError && <Notice tone="danger" title={Problem.of(vote.error).title}>{Problem.of(vote.error).message}</Notice>}
        {refused.length > 0 && (
          <Notice tone="warn" title={`${refused.length} of ${n} could not be ${words.done}`}>
            <ul>
              {refused.map((one) => (
                <li key={one.id}>
                  {nameOf(one.id)}: {one.error}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        <div className={styles['buttons']}>
          <Button onClick={onClose}>{refused.length > 0 ? 'Close' : 'Leave it open'}</Button>
          {refused.length === 0 && (
            <Button type="submit" tone={ballot === 'deny' ? 'danger' : 'primary'} busy={vote.isPending}>
              {n === 1 ? words.verb : `${words.verb} ${n} requests`}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
