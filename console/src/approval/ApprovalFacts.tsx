import { Link } from '@tanstack/react-router';
import type { Approval } from '../api/types';
import { Exact, Moment } from '../ui/Moment';
import { ApprovalMark } from './ApprovalMark';
import styles from './Approval.module.css';
import { spanText } from './words';

/** Everything about a request: who asks for what and why, who has to agree and what they said. */
export function ApprovalFacts({ approval }: { approval: Approval }) {
  const held = approval.kind === 'statement';
  return (
    <dl className={styles['facts']}>
      <dt>State</dt>
      <dd>
        <ApprovalMark approval={approval} />
      </dd>
      <dt>Asked by</dt>
      <dd>
        {approval.requester.name}, <Moment at={approval.created_at} />
      </dd>
      <dt>For</dt>
      <dd>
        <strong>{approval.resource.name}</strong>
        {approval.account !== '' && ` as ${approval.account}`}
        {!held && `, ${spanText(approval.lasts_secs)}`}
      </dd>
      {approval.starts_at !== null && (
        <>
          <dt>Begins</dt>
          <dd>
            <Exact at={approval.starts_at} />
          </dd>
        </>
      )}
      {held && (
        <>
          <dt>Held</dt>
          <dd>
            <pre>{approval.content}</pre>
          </dd>
          {Array.isArray(approval.detail?.['parameters']) && (
            <>
              <dt>Parameters</dt>
              <dd>
                <code>{JSON.stringify(approval.detail['parameters'])}</code>
              </dd>
            </>
          )}
        </>
      )}
      {approval.reason !== '' && (
        <>
          <dt>Reason</dt>
          <dd>{approval.reason}</dd>
        </>
      )}
      {approval.ticket !== '' && (
        <>
          <dt>Ticket</dt>
          <dd>{approval.ticket}</dd>
        </>
      )}
      <dt>{held ? 'Held by rule' : 'Access rule'}</dt>
      <dd>{approval.rule}</dd>
      <dt>Session</dt>
      <dd>
        <Link to="/sessions/$id" params={{ id: approval.session_id }} search={{}}>
          <code>{approval.session_id}</code>
        </Link>
      </dd>
      {!approval.break_glass && (
        <>
          <dt>Who has to agree</dt>
          <dd>
            <ol className={styles['tiers']}>
              {approval.tiers.map((tier, at) => (
                <li key={at} data-asked={tier.asked || undefined}>
                  {tier.who}: {tier.have} of {tier.needed}
                  {tier.asked && ', asked now'}
                </li>
              ))}
            </ol>
          </dd>
        </>
      )}
      {approval.votes.length > 0 && (
        <>
          <dt>Said so far</dt>
          <dd>
            <ul className={styles['tiers']}>
              {approval.votes.map((vote) => (
                <li key={vote.by}>
                  {vote.by} {vote.ballot === 'approve' ? 'agreed' : 'said no'} <Moment at={vote.at} />
                  {vote.comment !== '' && (
                    <>
                      : <q>{vote.comment}</q>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
      {approval.state === 'pending' ? (
        <>
          <dt>Counts as denied</dt>
          <dd>
            <Moment at={approval.deadline} />
          </dd>
        </>
      ) : (
        <>
          <dt>Decided</dt>
          <dd>
            <Exact at={approval.decided_at} />
          </dd>
        </>
      )}
    </dl>
  );
}
