import { lazy, Suspense, useState } from 'react';
import type { Approval } from '../api/types';
import { Button } from '../ui/Button';
import { IconBan, IconCheck } from '../ui/icons';
import type { Ballot } from './decide';

const DecideDialog = lazy(() => import('./DecideDialog').then((module) => ({ default: module.DecideDialog })));

/** The two buttons of a reviewer, for one request or several; nothing for whoever may not vote. */
export function DecideButtons({ approvals, small = false }: { approvals: Approval[]; small?: boolean }) {
  const [ballot, setBallot] = useState<Ballot | null>(null);
  const able = (verb: Ballot) => approvals.filter((approval) => approval.authorized_actions.includes(verb));
  const part = (verb: Ballot) => (able(verb).length < approvals.length ? ` ${able(verb).length}` : '');
  const named = approvals.length === 1 ? ` the request of ${approvals[0]?.requester.name ?? ''} for ${approvals[0]?.resource.name ?? ''}` : '';
  return (
    <>
      {able('approve').length > 0 && (
        <Button small={small} tone="primary" icon={<IconCheck size={14} />} onClick={() => setBallot('approve')}>
          Approve{part('approve')}
          <span className="hidden-visually">{named}</span>
        </Button>
      )}
      {able('deny').length > 0 && (
        <Button small={small} tone="danger" icon={<IconBan size={14} />} onClick={() => setBallot('deny')}>
          Deny{part('deny')}
          <span className="hidden-visually">{named}</span>
        </Button>
      )}
      {ballot !== null && (
        <Suspense fallback={null}>
          <DecideDialog ballot={ballot} approvals={able(ballot)} onClose={() => setBallot(null)} />
        </Suspense>
      )}
    </>
  );
}
