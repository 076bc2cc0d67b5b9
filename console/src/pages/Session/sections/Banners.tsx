import { Link } from '@tanstack/react-router';
import { DecideButtons } from '../../../approval/DecideButtons';
import type { Session } from '../../../api/types';
import { reasonWords } from '../../../session/states';
import { sentence, title } from '../../../format';
import { Moment } from '../../../ui/Moment';
import { Notice } from '../../../ui/Notice';
import styles from '../Session.module.css';

const scopes: Record<string, string> = {
  resource: 'Covers every session on the resource.',
  user: 'Covers every session of the user.',
};

/** What one must know before looking further: a lock, an error, who ended it. */
export function Banners({ session }: { session: Session }) {
  const { lock, error, ended_by: endedBy, end_message: endMessage, cleanup_error: cleanup, direct } = session;
  const refused = session.review?.approvals.find((approval) => approval.state === 'rejected');
  const no = refused?.votes.findLast((vote) => vote.ballot !== 'approve');
  const open = session.review?.approvals.find((approval) => approval.state === 'pending');
  return (
    <div className={styles['banners']}>
      {lock !== null && (
        <Notice
          tone="lock"
          title={
            <>
              Locked by {lock.by} <Moment at={lock.at} />
              {lock.title !== '' && `: ${lock.title}`}
            </>
          }
        >
          {[lock.message, scopes[lock.scope] ?? ''].filter((text) => text !== '').join(' · ') || 'What the user types does not reach the resource.'}
        </Notice>
      )}
      {open !== undefined && (
        <Notice
          tone="warn"
          title={
            <>
              {open.kind === 'session' ? 'Waits' : 'A statement waits'} for approval by {open.waits_for}
            </>
          }
          actions={<DecideButtons approvals={[open]} small />}
        >
          <Link to="/approvals/$id" params={{ id: open.id }}>
            The request
          </Link>
          {open.reason !== '' && `: ${open.reason}`} · counts as denied <Moment at={open.deadline} />
        </Notice>
      )}
      {error !== null && (
        <Notice tone="danger" title={`${session.state === 'denied' ? 'Denied' : 'Failed'}${error.stage === null ? '' : ` (${error.stage})`}: ${reasonWords(session.end_reason) || error.code}`}>
          {sentence(error.message) !== sentence(reasonWords(session.end_reason)) && <div>{sentence(error.message)}</div>}
          {refused !== undefined && (
            <div>
              {no !== undefined && <>By {no.by}. </>}
              {no !== undefined && no.comment !== '' && (
                <>
                  <q>{no.comment}</q>{' '}
                </>
              )}
              <Link to="/approvals/$id" params={{ id: refused.id }}>
                The request
              </Link>
            </div>
          )}
          {error.hint !== null && <div className="muted">{sentence(error.hint)}</div>}
        </Notice>
      )}
      {error === null && (endedBy !== '' || endMessage !== '') && (session.ended_at !== null || session.state === 'ending') && (
        <Notice tone="info" title={session.state === 'ending' ? `Ending: ${reasonWords(session.end_reason)}` : title(reasonWords(session.end_reason) || 'ended')}>
          {endedBy !== '' && <span>By {endedBy}. </span>}
          {endMessage !== '' && <q>{endMessage}</q>}
        </Notice>
      )}
      {direct !== null && direct.violation && (
        <Notice
          tone="danger"
          title={
            <>
              {session.login_via === 'direct' ? 'Somebody is on the resource past the gateway' : 'Somebody was on the resource past the gateway'}; nothing of that is recorded
            </>
          }
        >
          From {direct.logins.map((login) => login.from).join(', ')} · last checked <Moment at={direct.checked_at} />
        </Notice>
      )}
      {cleanup !== null && (
        <Notice tone="warn" title="Cleaning up failed">
          {cleanup}
        </Notice>
      )}
    </div>
  );
}
