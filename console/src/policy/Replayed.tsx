import { useEffect, useMemo, useRef, useState } from 'react';
import type { PolicyChange, PolicyReplayed, PolicyTally } from '../api/types';
import { count } from '../format';
import { DataList } from '../list/DataList';
import { useLayout } from '../list/useLayout';
import { Chip, Chips } from '../ui/Chip';
import { Notice } from '../ui/Notice';
import { Nothing } from '../ui/Nothing';
import { ChangeCard } from './ChangeCard';
import { columns } from './columns';
import styles from './Policy.module.css';
import { changedText, lookedAt, turnOf, TURNS, type Turn } from './words';

/** How much a draft would have changed, and what. */
export function Replayed({ answer }: { answer: PolicyReplayed }) {
  const { sessions, statements, changes, cut } = answer;
  const changed = sessions.changed + statements.changed;
  const all = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Not given back: some browsers answer with a promise, which is no way to end an effect.
    void all.current?.scrollIntoView({ block: 'nearest' });
  }, [answer]);
  return (
    <div ref={all} className={styles['replayed']}>
      <strong role="status">{changedText(answer)}</strong>
      <Tallies sessions={sessions} statements={statements} />
      {cut && (
        <Notice tone="warn" title="There was more than is looked at in one go">
          The oldest is left out. Choose a shorter time.
        </Notice>
      )}
      {changed > 0 && <Changes changes={changes} changed={changed} />}
      <p className="muted">
        Judged are sessions, with the groups and accounts of today, and statements of PostgreSQL, MySQL and MariaDB in sessions that would begin. Commands of shells and of Redis
        are not judged here.
      </p>
    </div>
  );
}

function Tallies({ sessions, statements }: { sessions: PolicyTally; statements: PolicyTally }) {
  const rows = [
    ['Sessions', sessions],
    ['Statements', statements],
  ] as const;
  return (
    <div className={styles['scroll']} tabIndex={0} role="region" aria-label="Counts">
      <table className={styles['tallies']}>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden-visually">Of</span>
            </th>
            <th scope="col">All</th>
            <th scope="col">Allowed</th>
            <th scope="col">Refused</th>
            <th scope="col">Held</th>
            <th scope="col">Otherwise</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([title, tally]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              {[lookedAt(tally), tally.allow, tally.deny, tally.hold].map((n, at) => (
                // The order is that of the titles.
                // oxlint-disable-next-line react/no-array-index-key
                <td key={at}>{count(n)}</td>
              ))}
              <td>
                <strong>{count(tally.changed)}</strong>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Changes({ changes, changed }: { changes: PolicyChange[]; changed: number }) {
  const layout = useLayout('policy', columns);
  const [only, setOnly] = useState<Turn | null>(null);
  const rows = useMemo(() => (only === null ? changes : changes.filter((one) => turnOf(one) === only)), [changes, only]);
  const turns = (Object.keys(TURNS) as Turn[]).map((turn) => ({ turn, n: changes.filter((one) => turnOf(one) === turn).length })).filter(({ n }) => n > 0);
  return (
    <>
      <div className={styles['bar']}>
        {turns.length > 1 && (
          <Chips label="Which">
            {turns.map(({ turn, n }) => (
              <Chip key={turn} on={only === turn} onChange={(on) => setOnly(on ? turn : null)}>
                {TURNS[turn]} {count(n)}
              </Chip>
            ))}
          </Chips>
        )}
        <span className="muted">
          {changed > changes.length && `The newest ${count(changes.length)} of ${count(changed)} are listed. `}
          Each opens in a tab of its own.
        </span>
      </div>
      <div className={styles['list']}>
        <DataList
          label="What would have gone otherwise"
          rows={rows}
          layout={layout}
          total={rows.length}
          keyOf={(row) => `${row.session_id}.${row.seq ?? ''}`}
          nameOf={(row) => `${row.user} on ${row.resource}`}
          hrefOf={(row) => row.link}
          // Here is a draft that would be lost by leaving the page.
          onOpen={(row) => window.open(row.link, '_blank', 'noopener')}
          card={(row) => <ChangeCard change={row} />}
          cardHeight={78}
          empty={<Nothing title="Nothing found" />}
        />
      </div>
    </>
  );
}
