import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { isAdmin, useMe } from '../../api/me';
import type { Token } from '../../api/types';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { IconTrash } from '../../ui/icons';
import { Exact, Moment } from '../../ui/Moment';
import { toast } from '../../ui/toast';
import { NewToken } from '../Tokens/NewToken';
import styles from './Object.module.css';

/** The keys of a service account: what its programs exchange for short tokens. */
export function UserKeys({ name }: { name: string }) {
  const me = useMe();
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Token | null>(null);
  const keys = useQuery({
    queryKey: ['tokens', 'keys', name],
    queryFn: ({ signal }) => body(api.GET('/v1/users/{name}/keys', { params: { path: { name } }, signal })),
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/tokens/{id}', { params: { path: { id } } }),
    onSuccess: async () => {
      toast('Key removed');
      setRemoving(null);
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  if (keys.data === undefined) return null;
  const list = keys.data.tokens;
  return (
    <section className={styles['factors']} aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <p className="muted">A program exchanges its key for tokens that last minutes.</p>
      {list.length > 0 && (
        <ul className={styles['keys']}>
          {list.map((key) => (
            <li key={key.id}>
              <strong>{key.name}</strong>
              <span className="muted">
                made <Moment at={key.created_at} />
                {key.expires_at !== null && (
                  <>
                    , ends <Exact at={key.expires_at} />
                  </>
                )}
              </span>
              {isAdmin(me) && (
                <Button small icon={<IconTrash size={14} />} onClick={() => setRemoving(key)} aria-label={`Remove key ${key.name}`}>
                  Remove
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {isAdmin(me) && <Button onClick={() => setMaking(true)}>New key</Button>}
      {making && <NewToken of={name} onClose={() => setMaking(false)} />}
      <Confirm
        open={removing !== null}
        title={`Remove key ${removing?.name ?? ''}?`}
        act="Remove"
        busy={remove.isPending}
        error={remove.error}
        onAct={() => removing !== null && remove.mutate(removing.id)}
        onClose={() => setRemoving(null)}
      >
        <p>Programs with this key, and with tokens that it was exchanged for, are refused from now on.</p>
      </Confirm>
    </section>
  );
}
