import { useState } from 'react';
import { api } from '../../api/client';
import type { Factors } from '../../api/types';
import { Button } from '../../ui/Button';
import { Exact } from '../../ui/Moment';
import { toast } from '../../ui/toast';
import { NewApp } from './NewApp';
import styles from './Security.module.css';
import { WithCode } from './WithCode';

interface Props {
  factors: Factors;
  onChanged(): Promise<void>;
}

/** The authenticator app: there is one, or none yet. */
export function Authenticator({ factors, onChanged }: Props) {
  const [open, setOpen] = useState<'add' | 'remove' | null>(null);
  const close = () => {
    setOpen(null);
    void onChanged();
  };
  return (
    <section className={styles['section']} aria-labelledby="authenticator">
      <h2 id="authenticator">Authenticator app</h2>
      {factors.totp_since === null ? (
        <>
          <p>An app on your phone shows a code of six digits, which you are then asked for after your password.</p>
          <Button tone="primary" onClick={() => setOpen('add')}>
            Set up an app
          </Button>
        </>
      ) : (
        <>
          <p>
            Set up <Exact at={factors.totp_since} />. You are asked for its code after your password.
          </p>
          <Button tone="danger" onClick={() => setOpen('remove')}>
            Remove the app
          </Button>
        </>
      )}
      {open === 'add' && <NewApp onClose={close} />}
      {open === 'remove' && (
        <WithCode
          title="Remove the authenticator app?"
          action="Remove"
          tone="danger"
          act={(code) => api.POST('/v1/factors/totp/remove', { body: { code } })}
          onDone={() => {
            toast('Authenticator app removed');
            close();
          }}
          onClose={() => setOpen(null)}
        >
          Your password alone will be enough again, and the recovery codes stop working.
        </WithCode>
      )}
    </section>
  );
}
