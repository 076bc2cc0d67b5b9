import { Form } from '../../../form/Form';
import type { Field } from '../../../form/field';
import { Nothing } from '../../../ui/Nothing';
import { IconScale } from '../../../ui/icons';
import { Waiting } from '../../../ui/Waiting';
import styles from '../Policy.module.css';
import type { PolicyState } from '../usePolicy';
import { Answer } from './Answer';

const FIELDS: Field[] = [
  { name: 'user', label: 'User', type: 'ref', kind: 'user', none: 'Who', required: true },
  { name: 'resource', label: 'Resource', type: 'ref', kind: 'resource', none: 'What they want to use', required: true },
  { name: 'account', label: 'Account', type: 'ref', kind: 'account', none: 'The first that the rules give' },
  { name: 'statement', label: 'Statement', help: 'Of PostgreSQL, MySQL or MariaDB. Commands of shells and of Redis are not judged here.', type: 'mono-area', placeholder: 'DROP TABLE invoices' },
  { name: 'at', label: 'When', help: 'Rules and profiles can have hours. A date, a time such as 2026-12-24T22:00:00Z, or 2h for two hours ago', type: 'mono', placeholder: 'now' },
  { name: 'from', label: 'From where', help: 'Profiles can have networks. Without an address they decide nothing', type: 'mono', placeholder: '192.0.2.7' },
];

const DRAFTED: Field = { name: 'drafted', label: 'As if the draft were applied', help: 'That of the other tab', type: 'switch' };

/** Asks whether somebody may do something. */
export function Ask({ policy }: { policy: PolicyState }) {
  const { question, keep, test, ask, text, draft } = policy;
  const fields = text.trim() !== '' && 'documents' in draft ? [...FIELDS, DRAFTED] : FIELDS;
  return (
    <div className={styles['ask']}>
      <Form start={question} fields={() => fields} save="Ask" busy={test.isPending} error={test.error} onSave={ask} onChanged={keep} />
      {test.isPending ? (
        <Waiting label="Asking the rules" />
      ) : test.data !== undefined && test.variables !== undefined ? (
        <Answer answer={test.data} question={test.variables} />
      ) : (
        !test.isError && (
          <Nothing title="Who may do what" icon={<IconScale size={28} stroke={1.4} />}>
            The rules answer as they do when somebody connects: whether a session would begin, as whom, and which rule decides.
          </Nothing>
        )
      )}
    </div>
  );
}
