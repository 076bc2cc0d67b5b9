import { useEffect, useRef } from 'react';
import { title } from '../../../format';
import { reasonWords } from '../../../session/states';
import { Button } from '../../../ui/Button';
import { IconExternal, IconRefresh } from '../../../ui/icons';
import { LinkButton } from '../../../ui/LinkButton';
import { LOST, NEVER_UP } from '../useTerminal';
import type { End } from '../wire';
import styles from '../Terminal.module.css';

const OWN: Record<string, [string, string]> = {
  [LOST.reason]: ['The line was lost', 'The gateway was not reached any more. The session has ended.'],
  [NEVER_UP.reason]: ['The terminal could not be opened', 'The gateway refused it, or did not answer.'],
};

interface Props {
  end: End;
  session: string | null;
  onAgain(): void;
}

/** It is over: why, with which exit status, and what next. */
export function EndBox({ end, session, onAgain }: Props) {
  const again = useRef<HTMLButtonElement>(null);
  useEffect(() => again.current?.focus(), []);
  const own = OWN[end.reason];
  const yours = end.reason === 'user_disconnect' ? (end.exit === null ? 'You disconnected' : 'The program has ended') : undefined;
  const reason = own?.[0] ?? yours ?? title(reasonWords(end.reason) || 'ended');
  // With an exit status the words would say the same once more.
  const words = end.exit !== null && yours !== undefined ? '' : end.text === '' ? (own?.[1] ?? '') : title(end.text);
  return (
    <section className={styles['box']} role="alert" aria-label="The session has ended">
      <strong>{reason}</strong>
      {words !== '' && words !== reason && <p>{words}</p>}
      {end.exit !== null && (
        <p>
          Exit status <code>{end.exit}</code>
        </p>
      )}
      <div className={styles['buttons']}>
        {session !== null && (
          <LinkButton href={`/sessions/${session}`}>
            <IconExternal size={15} aria-hidden /> Open the record
          </LinkButton>
        )}
        <Button ref={again} tone="primary" icon={<IconRefresh size={15} />} onClick={onAgain}>
          Connect again
        </Button>
      </div>
      <p className="muted">Connecting again begins a new session, with a record of its own.</p>
    </section>
  );
}
