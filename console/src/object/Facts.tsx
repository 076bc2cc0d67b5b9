import type { Field, Values } from '../form/field';
import styles from './Facts.module.css';
import { Value } from './Value';

/** What an object says, for those who may not change it. */
export function Facts({ fields, spec, label }: { fields: Field[]; spec: Values; label: string }) {
  const shown = fields.filter((field) => field.when === undefined || field.when(spec));
  return (
    <div role="region" tabIndex={0} aria-label={label}>
    <dl className={styles['facts']}>
      {shown.map((field) => (
        <div key={`${field.name} ${field.label}`}>
          <dt>{field.label}</dt>
          <dd>
            <Value field={field} spec={spec} />
          </dd>
        </div>
      ))}
    </dl>
    </div>
  );
}
