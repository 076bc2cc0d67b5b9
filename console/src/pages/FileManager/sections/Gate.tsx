import { useState } from 'react';
import { Button } from '../../../ui/Button';
import { PasswordField } from '../../../ui/fields';
import { IconExternal, IconRefresh } from '../../../ui/icons';
import { LinkButton } from '../../../ui/LinkButton';
import { Notice } from '../../../ui/Notice';
import { Trouble } from '../../../ui/Trouble';
import { Waiting } from '../../../ui/Waiting';
import styles from '../FileManager.module.css';
import type { Opening } from '../useFiles';

interface Props {
  opening: Opening;
  resource: string;
  session: string | null;
  open(secret?: string): void;
}

/** What stands before the files: on the way, a question, a refusal, or the end. */
export function Gate({ opening, resource, session, open }: Props) {
  switch (opening.state) {
    case 'opening':
      return <Waiting label={`Connecting to ${resource}`} />;
    case 'asks':
      return <Ask words={opening.problem.code === 'wrong_secret' ? opening.problem.message : ''} label={opening.problem.code === 'secret_needed' ? opening.problem.message : 'Password'} open={open} />;
    case 'failed':
      return <Trouble error={opening.problem} retry={() => open()} />;
    case 'ended':
      return (
        <section className={styles['end']} role="alert" aria-label="The session has ended">
          <strong>The session has ended</strong>
          <p>{opening.words}</p>
          <div className={styles['buttons']}>
            {session !== null && (
              <LinkButton href={`/sessions/${session}`}>
                <IconExternal size={15} aria-hidden /> Open the record
              </LinkButton>
            )}
            <Button tone="primary" icon={<IconRefresh size={15} />} onClick={() => open()}>
              Open again
            </Button>
          </div>
          <p className="muted">Opening again begins a new session, with a record of its own.</p>
        </section>
      );
    default:
      return null;
  }
}

function Ask({ words, label, open }: { words: string; label: string; open(secret: string): void }) {
  const [secret, setSecret] = useState('');
  return (
    <form
      className={styles['end']}
      aria-label="The resource asks"
      onSubmit={(event) => {
        event.preventDefault();
        open(secret);
      }}
    >
      <strong>The resource asks</strong>
      {words !== '' && <Notice tone="danger" title={words} />}
      <PasswordField label={label} value={secret} onChange={setSecret} autoComplete="off" autoFocus required />
      <p className="muted">It goes to the resource only: it is not stored, and not in the recording.</p>
      <div className={styles['buttons']}>
        <Button type="submit" tone="primary">
          Answer
        </Button>
      </div>
    </form>
  );
}
