import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { isAdmin, useMe } from '../../api/me';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { Exact } from '../../ui/Moment';
import { toast } from '../../ui/toast';
import styles from './Object.module.css';

/** The second factor of a user, which an administrator takes away when it was lost. */
export function UserFactors({ name }: { name: string }) {
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const path = { params: { path: { name } } };
  const factors = useQuery({
    queryKey: ['factors', name],
    queryFn: ({ signal }) => body(api.GET('/v1/users/{name}/factors', { ...path, signal })),
  });
  const reset = useMutation({
    mutationFn: () => api.DELETE('/v1/users/{name}/factors', path),
    onSuccess: async () => {
      toast(`Second factor of ${name} reset`);
      setAsking(false);
      await factors.refetch();
    },
  });
  if (factors.data === undefined) return null;
  const { totp_since: since, passkeys, recovery_codes: codes } = factors.data;
  return (
    <section className={styles['factors']} aria-labelledby="second-factor">
      <h2 id="second-factor">Second factor</h2>
      {since === null && passkeys.length === 0 ? (
        <p className="muted">None. Users set one up themselves, under their name.</p>
      ) : (
        <>
          <ul>
            {since !== null && (
              <li>
                Authenticator app since <Exact at={since} />
              </li>
            )}
            {passkeys.map((one) => (
              <li key={one.id}>
                Passkey {one.name} since <Exact at={one.created_at} />
              </li>
            ))}
            <li>Recovery codes left: {codes}</li>
          </ul>
          {isAdmin(me) && me.person.name !== name && <Button onClick={() => setAsking(true)}>Reset</Button>}
        </>
      )}
      <Confirm
        open={asking}
        title={`Reset the second factor of ${name}?`}
        act="Reset"
        busy={reset.isPending}
        error={reset.error}
        onAct={() => reset.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>App, passkeys and recovery codes stop working, and {name} is signed out everywhere. Make sure who asks for it.</p>
      </Confirm>
    </section>
  );
}
