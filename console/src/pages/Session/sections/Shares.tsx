import { Problem } from '../../../api/problem';
import { useShares, useSharing } from '../../../session/useShares';
import { Button } from '../../../ui/Button';
import { Copy } from '../../../ui/Copy';
import { Exact } from '../../../ui/Moment';
import { toast } from '../../../ui/toast';
import styles from './Info.module.css';

/** With whom a session is and was shared, and who has looked. */
export default function Shares({ session }: { session: string }) {
  const shares = useShares(session);
  const { revoke } = useSharing(session);
  const all = shares.data?.shares ?? [];
  if (all.length === 0) return null;
  return (
    <>
      <h2>Shared with</h2>
      {all.map((share) => (
        <dl key={share.id} className={styles['share']}>
          <dt>{[...share.users, ...share.groups].join(', ')}</dt>
          <dd>
            {share.revoked_by === '' ? (
              <>
                until <Exact at={share.expires_at} />
              </>
            ) : (
              <>
                taken back by {share.revoked_by}, <Exact at={share.revoked_at} />
              </>
            )}
            <span className="muted"> · by {share.created_by}</span>
          </dd>
          <dd className="muted">{share.openings.length === 0 ? 'not opened yet' : `opened by ${share.openings.map((one) => one.user).join(', ')}`}</dd>
          {share.live && (
            <dd>
              <Copy text={`${location.origin}${share.link}`} what="link" />
              <Button
                busy={revoke.isPending}
                onClick={() => revoke.mutate(share.id, { onSuccess: () => toast('Taken back'), onError: (thrown) => toast(Problem.of(thrown).message, true) })}
              >
                Take back
              </Button>
            </dd>
          )}
        </dl>
      ))}
    </>
  );
}
