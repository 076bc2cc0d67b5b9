import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Problem } from '../api/problem';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { check, get, set, type Field, type Values } from './field';
import { FormField } from './FormField';
import styles from './Form.module.css';

interface Props {
  /** Depends on the values, as a type decides which options there are. */
  fields: (values: Values) => Field[];
  start: Values;
  save: string;
  busy: boolean;
  error: unknown;
  onSave(values: Values): void;
  onCancel(): void;
  children?: ReactNode;
}

/** A form that is drawn from a description. */
export function Form({ fields, start, save, busy, error, onSave, onCancel, children }: Props) {
  const [values, setValues] = useState(start);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const asked = fields(values).filter((field) => field.when === undefined || field.when(values));
  const wrong = check(asked, values);
  const changed = JSON.stringify(values) !== JSON.stringify(start);

  useEffect(() => {
    if (!changed) return undefined;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => window.removeEventListener('beforeunload', stay);
  }, [changed]);

  const problem = error === null || error === undefined ? null : Problem.of(error);
  return (
    <form
      ref={form}
      noValidate
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (Object.keys(wrong).length === 0) onSave(values);
        else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      }}
    >
      {asked.map((field) => (
        <div key={field.name} className={styles['field']}>
          {field.section !== undefined && <h2>{field.section}</h2>}
          <FormField
            field={field}
            value={get(values, field.name)}
            error={tried ? wrong[field.name] : undefined}
            onChange={(value) => setValues((old) => set(old, field.name, value))}
          />
        </div>
      ))}
      {problem !== null && (
        <Notice tone="danger" title={problem.title}>
          <div>{problem.message}</div>
          {problem.hint !== null && <div className="muted">{problem.hint}</div>}
        </Notice>
      )}
      <div className={styles['buttons']}>
        <Button type="submit" tone="primary" busy={busy}>
          {save}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        <span className={styles['space']} />
        {children}
      </div>
    </form>
  );
}
