import type { PolicyChange } from '../api/types';
import { Moment } from '../ui/Moment';
import { What } from './columns';
import styles from './Policy.module.css';
import { Verdict } from './Verdict';
import { becauseText } from './words';

/** What would have gone otherwise where there is no room for columns. */
export function ChangeCard({ change }: { change: PolicyChange }) {
  return (
    <div className={styles['card']}>
      <span>
        <Verdict verdict={change.before} /> <span aria-hidden>→</span>
        <span className="hidden-visually"> would be </span> <Verdict verdict={change.after} /> <span className="muted">{becauseText(change)}</span>
      </span>
      <span>
        <What change={change} />
      </span>
      <span className="muted">
        {change.user} on {change.resource}, <Moment at={change.at} />
      </span>
    </div>
  );
}
