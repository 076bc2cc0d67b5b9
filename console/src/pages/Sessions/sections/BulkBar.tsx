import { useState } from 'react';
import type { Session } from '../../../api/types';
import type { Selection } from '../../../list/useSelection';
import { OrderDialog } from '../../../session/OrderDialog';
import type { OrderVerb } from '../../../session/orders';
import { Button } from '../../../ui/Button';
import { IconLock, IconLockOpen, IconPower, IconStop } from '../../../ui/icons';
import styles from '../Sessions.module.css';

const VERBS = [
  ['cancel', 'End', IconPower],
  ['lock', 'Lock', IconLock],
  ['unlock', 'Unlock', IconLockOpen],
  ['terminate', 'Terminate', IconStop],
] as const;

/** What can be done with the rows that are ticked. Each order goes to those that it is possible for. */
export function BulkBar({ picked, selection, onDone }: { picked: Session[]; selection: Selection; onDone(): void }) {
  const [order, setOrder] = useState<{ verb: OrderVerb; sessions: Session[] } | null>(null);
  const able = (verb: OrderVerb) => picked.filter((session) => session.authorized_actions.includes(verb));
  return (
    <div className={styles['bulk']} role="region" aria-label="Selected sessions">
      <strong role="status">{picked.length} selected</strong>
      {VERBS.map(([verb, title, Icon]) => {
        const sessions = able(verb);
        if (sessions.length === 0) return null;
        return (
          <Button
            key={verb}
            small
            tone={verb === 'terminate' ? 'danger' : 'default'}
            icon={<Icon size={14} />}
            onClick={() => setOrder({ verb, sessions })}
          >
            {title}
            {sessions.length < picked.length && ` ${sessions.length}`}
          </Button>
        );
      })}
      {VERBS.every(([verb]) => able(verb).length === 0) && <span className="muted">Nothing can be done with these: they have ended</span>}
      <Button small tone="quiet" onClick={selection.clear}>
        Clear selection
      </Button>
      <OrderDialog
        verb={order?.verb ?? null}
        sessions={order?.sessions ?? []}
        onClose={() => setOrder(null)}
        onDone={onDone}
      />
    </div>
  );
}
