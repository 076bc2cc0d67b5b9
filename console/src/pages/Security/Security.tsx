import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '../../api/client';
import { meQuery } from '../../api/me';
import type { Factors } from '../../api/types';
import { Page } from '../../layout/Page';
import { Notice } from '../../ui/Notice';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { Authenticator } from './Authenticator';
import { Passkeys } from './Passkeys';
import { RecoveryCodes } from './RecoveryCodes';
import styles from './Security.module.css';
import { SignIns } from './SignIns';

const has = (factors: Factors): boolean => factors.totp_since !== null || factors.passkeys.length > 0;

/** What the person proves who they are with, beside a password. */
export function Security() {
  const queries = useQueryClient();
  const factors = useQuery({ queryKey: ['factors'], queryFn: ({ signal }) => body(api.GET('/v1/factors', { signal })) });
  const changed = async () => {
    await queries.invalidateQueries({ queryKey: ['factors'] });
    await queries.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  return (
    <Page title="Signing in" note="What proves who you are, beside your password">
      {factors.isPending ? (
        <Waiting />
      ) : factors.data === undefined ? (
        <Trouble error={factors.error} retry={() => void factors.refetch()} />
      ) : (
        <>
          {factors.data.required && !has(factors.data) && (
            <div className={styles['notice']}>
              <Notice tone="warn" title="A second factor is needed here">
                Set one up, and the other pages open.
              </Notice>
            </div>
          )}
          <Authenticator factors={factors.data} onChanged={changed} />
          <Passkeys factors={factors.data} onChanged={changed} />
          {has(factors.data) && <RecoveryCodes factors={factors.data} onChanged={changed} />}
          <SignIns />
        </>
      )}
    </Page>
  );
}
