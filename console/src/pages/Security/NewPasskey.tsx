import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { useMe } from '../../api/me';
import { makePasskey } from '../../api/passkeys';
import { Problem } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/inputs';
import { Notice } from '../../ui/Notice';
import { toast } from '../../ui/toast';
import { Codes } from './Codes';
import styles from './Security.module.css';

/** Adds a passkey; with the first second factor come recovery codes. */
export function NewPasskey({ onClose }: { onClose(): void }) {
  const me = useMe();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const made = await makePasskey(me.person.name);
      return body(api.POST('/v1/factors/passkeys', { body: { name: name.trim(), ...made } }));
    },
    onSuccess: ({ codes }) => {
      if (codes.length > 0) return;
      toast('Passkey added');
      onClose();
    },
  });
  const codes = add.data?.codes ?? [];
  const problem = add.isError ? Problem.of(add.error) : null;
  return (
    <Dialog open onClose={onClose} title={codes.length > 0 ? 'Recovery codes' : 'Add a passkey'}>
      {codes.length > 0 ? (
        <Codes codes={codes} onDone={onClose} />
      ) : (
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <TextField label="Name" help="By which you know it again, such as the device" value={name} onChange={setName} required autoFocus />
          <div aria-live="assertive">
            {problem !== null && (
              <Notice tone="danger" title={problem.message}>
                {problem.hint ?? undefined}
              </Notice>
            )}
          </div>
          <div className={styles['buttons']}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={add.isPending}>
              Add
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
