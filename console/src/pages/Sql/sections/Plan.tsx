import { useState } from 'react';
import { Chip, Chips } from '../../../ui/Chip';
import type { planOf } from '../plan';
import { took } from '../results';
import styles from '../Sql.module.css';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** How a statement would be run, or was. */
export function Plan({ plan }: { plan: NonNullable<ReturnType<typeof planOf>> }) {
  const [raw, setRaw] = useState(false);
  const actual = plan.lines.some((line) => line.took !== null);
  return (
    <div className={styles['plan']}>
      <div className={styles['planhead']}>
        <span className="muted">{plan.note}</span>
        <Chips label="Form of the plan">
          <Chip on={raw} onChange={setRaw}>
            JSON
          </Chip>
        </Chips>
      </div>
      {raw ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre tabIndex={0} aria-label="Plan as JSON">
          {plan.text}
        </pre>
      ) : (
        <div className={styles['plantable']} tabIndex={0} role="region" aria-label="Plan">
          <table>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">{actual ? 'Time' : 'Cost'}</th>
                <th scope="col">Rows{actual && ' (planned)'}</th>
                <th scope="col">Own part</th>
              </tr>
            </thead>
            <tbody>
              {plan.lines.map((line, nth) => (
                <tr key={nth}>
                  <td style={{ paddingLeft: 8 + line.depth * 18 }}>
                    {line.depth > 0 && <span aria-hidden>└ </span>}
                    {line.title}
                    {line.detail !== '' && <small>{line.detail}</small>}
                  </td>
                  <td>{line.took === null ? number.format(line.cost) : took(line.took)}</td>
                  <td>{line.actualRows === null ? number.format(line.rows) : `${number.format(line.actualRows)} (${number.format(line.rows)})`}</td>
                  <td>
                    <span className={styles['share']}>
                      <span style={{ width: `${Math.round(line.share * 100)}%` }} />
                    </span>
                    {Math.round(line.share * 100)} %
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
