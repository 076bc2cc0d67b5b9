import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { canPasskeys } from '../../api/passkeys';
import type { Factors } from '../../api/types';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { IconTrash } from '../../ui/icons';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toast';
import { NewPasskey } from './NewPasskey';
import styles from './Security.module.css';

type Passkey = Factors['passkeys'][number];

interface Props {
  factors: Factors;
  onChanged(): Promise<void>;
}

/** Keys in the person's devices, each of which signs in by itself. */
export function Passkeys({ factors, onChanged }: Props) {
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/factors/passkeys/{id}', { params: { path: { id } } }),
    onSuccess: async () => {
      toast('Passkey removed');
      setRemoving(null);
      await onChanged();
    },
  });
  return (
    <section className={styles['section']} aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      <p>A key in your phone, your computer or a token signs you in with a finger or a PIN, without password and code.</p>
      {factors.passkeys.length > 0 && (
        <ul className={styles['passkeys']}>
          {factors.passkeys.map((one) => (
            <li key={one.id}>
              <strong>{one.name}</strong>
              <span className="muted">
                {one.last_used_at === null ? (
                  'not used yet'
                ) : (
                  <>
                    used <Moment at={one.last_used_at} />
                  </>
                )}
              </span>
              <Button small icon={<IconTrash size={14} />} onClick={() => setRemoving(one)} aria-label={`Remove passkey ${one.name}`}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {!factors.passkeys_possible ? (
        <p className="muted">Not here: passkeys need a console that is reached by a name, and not by a number.</p>
      ) : !canPasskeys() ? (
        <p className="muted">This browser has none, or the page is not encrypted.</p>
      ) : (
        <Button tone={factors.passkeys.length === 0 ? 'primary' : 'default'} onClick={() => setAdding(true)}>
          Add a passkey
        </Button>
      )}
      {adding && (
        <NewPasskey
          onClose={() => {
            setAdding(false);
            void onChanged();
          }}
        />
      )}
      <Confirm
        open={removing !== null}
        title={`Remove passkey ${removing?.name ?? ''}?`}
        act="Remove"
        busy={remove.isPending}
        error={remove.error}
        onAct={() => removing !== null && remove.mutate(removing.id)}
        onClose={() => setRemoving(null)}
      >
        <p>It no longer signs you in. The device may still show it: remove it there too.</p>
      </Confirm>
    </section>
  );
}
