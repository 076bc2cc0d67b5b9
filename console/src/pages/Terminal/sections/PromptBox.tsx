import { useEffect, useRef, useState } from 'react';
import { Button } from '../../../ui/Button';
import { PasswordField, TextField } from '../../../ui/fields';
import type { Prompt } from '../wire';
import styles from '../Terminal.module.css';

/** Asks what the resource asks. What must not be seen is typed into a hidden field, and kept nowhere. */
export function PromptBox({ prompt, onAnswer, onGiveUp }: { prompt: Prompt; onAnswer(text: string): void; onGiveUp(): void }) {
  const [text, setText] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const label = prompt.text.trim() === '' ? 'Answer' : prompt.text.trim();
  const Field = prompt.echo ? TextField : PasswordField;
  return (
    <form
      ref={form}
      className={styles['box']}
      aria-label="The resource asks"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(text);
      }}
    >
      <strong>The resource asks</strong>
      <Field label={label} value={text} onChange={setText} autoComplete="off" />
      {!prompt.echo && <p className="muted">It goes to the resource only: it is not stored, and not in the recording.</p>}
      <div className={styles['buttons']}>
        <Button onClick={onGiveUp}>Give up</Button>
        <Button type="submit" tone="primary">
          Answer
        </Button>
      </div>
    </form>
  );
}
