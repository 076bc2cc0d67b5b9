import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Problem } from '../api/problem';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { check, fieldOf, get, set, type Field, type Values } from './field';
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
  /** Without it there is nothing to go back to. */
  onCancel?(): void;
  /** Told when there begins or ends to be something that is not saved. */
  onChanged?(values: Values | null): void;
  /** Before the buttons. */
  notice?: ReactNode;
  children?: ReactNode;
}

/** A form that is drawn from a description. */
export function Form({ fields, start, save, busy, error, onSave, onCancel, onChanged, notice, children }: Props) {
  const [values, setValues] = useState(start);
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(() => new Set());
  const form = useRef<HTMLFormElement>(null);
  const refused = useRefusal(error, values);
  const asked = fields(values).filter((field) => field.when === undefined || field.when(values));
  const wrong = check(asked, values);
  const changed = JSON.stringify(values) !== JSON.stringify(start);
  const at = refused === null ? undefined : fieldOf(asked, refused.field, refused.message);

  useEffect(() => onChanged?.(changed ? values : null), [changed, values, onChanged]);
  const toFirst = () => requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  const refusedName = at?.name;
  useEffect(() => {
    if (refusedName !== undefined) toFirst();
  }, [refusedName, refused]);

  return (
    <form
      ref={form}
      noValidate
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (Object.keys(wrong).length === 0) onSave(values);
        else toFirst();
      }}
    >
      {asked.map((field) => (
        <div
          key={field.name}
          className={styles['field']}
          onBlur={(event) => {
            if (!event.currentTarget.contains(event.relatedTarget)) setLeft((old) => (old.has(field.name) ? old : new Set([...old, field.name])));
          }}
        >
          {field.section !== undefined && <h2>{field.section}</h2>}
          <FormField
            field={field}
            value={get(values, field.name)}
            error={field.name === at?.name ? atField(refused) : tried || (left.has(field.name) && changed) ? wrong[field.name] : undefined}
            onChange={(value) => setValues((old) => set(old, field.name, value))}
          />
        </div>
      ))}
      <div aria-live="assertive">
        {refused !== null && (
          <Notice tone="danger" title={at === undefined ? refused.title : `Not saved: ${at.label}`}>
            <div>{refused.message}</div>
            {refused.hint !== null && <div className="muted">{refused.hint}</div>}
          </Notice>
        )}
      </div>
      {notice}
      <div className={styles['buttons']}>
        <Button type="submit" tone="primary" busy={busy}>
          {save}
        </Button>
        {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        <span className={styles['space']} />
        {children}
      </div>
    </form>
  );
}

/** What the server refused, until something is changed. */
function useRefusal(error: unknown, values: Values): Problem | null {
  const problem = useMemo(() => (error === null || error === undefined ? null : Problem.of(error)), [error]);
  const answered = useRef<{ problem: Problem | null; values: Values }>({ problem: null, values });
  if (answered.current.problem !== problem) answered.current = { problem, values };
  return answered.current.values === values ? problem : null;
}

/** The server begins with which object and field it means; beside the field that is known. */
function atField(problem: Problem | null): string | undefined {
  if (problem === null) return undefined;
  const said = problem.message.replace(/^[\w-]+\/[^:\s]+: /i, '').replace(new RegExp(`^${(problem.field ?? '').replaceAll('.', String.raw`\.`)}: `), '');
  return said.charAt(0).toUpperCase() + said.slice(1);
}
