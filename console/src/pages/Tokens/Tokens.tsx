import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import type { Token } from '../../api/types';
import { Page } from '../../layout/Page';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { IconKey, IconPlus, IconTrash } from '../../ui/icons';
import { Exact, Moment } from '../../ui/Moment';
import { Nothing } from '../../ui/Nothing';
import { toast } from '../../ui/toast';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { NewToken } from './NewToken';
import styles from './Tokens.module.css';

/** Tokens with which programs and the command line act as the person. */
export function Tokens() {
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<Token | null>(null);
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => body(api.GET('/v1/tokens', { signal })) });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE('/v1/tokens/{id}', { params: { path: { id } } }),
    onSuccess: async () => {
      toast('Token removed');
      setRemoving(null);
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  const list = tokens.data?.tokens ?? [];
  return (
    <Page
      title="API tokens"
      note="Whoever has a token acts as you"
      actions={
        <Button tone="primary" icon={<IconPlus size={15} />} onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      {tokens.isPending ? (
        <Waiting />
      ) : tokens.data === undefined ? (
        <Trouble error={tokens.error} retry={() => void tokens.refetch()} />
      ) : list.length === 0 ? (
        <Nothing title="No tokens" icon={<IconKey size={28} stroke={1.4} />}>
          A token lets the command line and scripts use the API as you.
        </Nothing>
      ) : (
        <ul className={styles['list']}>
          {list.map((token) => (
            <li key={token.id}>
              <strong>{token.name}</strong>
              <span className="muted">
                made <Moment at={token.created_at} />
              </span>
              <span className="muted">
                {token.expires_at === null ? (
                  'never expires'
                ) : (
                  <>
                    expires <Exact at={token.expires_at} />
                  </>
                )}
              </span>
              <Button small icon={<IconTrash size={14} />} onClick={() => setRemoving(token)} aria-label={`Remove token ${token.name}`}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {making && <NewToken onClose={() => setMaking(false)} />}
      <Confirm
        open={removing !== null}
        title={`Remove token ${removing?.name ?? ''}?`}
        act="Remove"
        busy={remove.isPending}
        error={remove.error}
        onAct={() => removing !== null && remove.mutate(removing.id)}
        onClose={() => setRemoving(null)}
      >
        <p>Whatever uses it is refused from now on.</p>
      </Confirm>
    </Page>
  );
}
