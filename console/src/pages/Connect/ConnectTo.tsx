import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useMe } from '../../api/me';
import { Problem } from '../../api/problem';
import type { ConnectEntry } from '../../api/types';
import { RequestAccess } from '../../approval/RequestAccess';
import { spanText } from '../../approval/words';
import { choicesOf } from '../../connect/accounts';
import { DatabasePassword } from '../../connect/DatabasePassword';
import { reachQuery } from '../../connect/useReach';
import { knownHosts, waysTo } from '../../connect/ways';
import { WebWays } from '../../connect/WebWays';
import { Page } from '../../layout/Page';
import { ObjectLink } from '../../object/ObjectLink';
import { TypeTag } from '../../session/TypeTag';
import { Chip, Chips } from '../../ui/Chip';
import { Command } from '../../ui/Command';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './ConnectTo.module.css';

const up = { to: '/connect', title: 'My connections' };

/** Every way to one resource, for each account. */
export function ConnectTo() {
  const { resource: name = '' } = useParams({ strict: false }) as { resource?: string };
  const reach = useQuery(reachQuery);
  if (reach.isPending) {
    return (
      <Page title={name} up={up}>
        <Waiting />
      </Page>
    );
  }
  if (reach.data === undefined) return <Trouble page error={reach.error} retry={() => void reach.refetch()} />;
  const entry = reach.data.find((one) => one.name === name);
  if (entry === undefined) return <Trouble page error={new Problem(404, { detail: `There is no resource ${name} that you may reach.` })} />;
  return <Ways key={name} entry={entry} />;
}

function Ways({ entry }: { entry: ConnectEntry }) {
  const me = useMe();
  const choices = choicesOf(entry);
  const [at, setAt] = useState(0);
  const as = choices[at] ?? choices[0];
  if (as === undefined) return null;
  return (
    <Page
      title={entry.name}
      up={up}
      note={<TypeTag type={entry.type} />}
      actions={
        <Link to="/sessions" search={{ user: me.person.name, resource: entry.name }}>
          My sessions here
        </Link>
      }
    >
      <div className={styles['page']}>
        {entry.description !== '' && <p className="muted">{entry.description}</p>}
        {choices.length > 1 && (
          <Chips label="Account">
            {choices.map((one, nth) => (
              <Chip key={`${one.account} ${one.login}`} on={nth === at} onChange={() => setAt(nth)}>
                {one.account === '' || one.account === one.login ? one.login : `${one.login} (${one.account})`}
              </Chip>
            ))}
          </Chips>
        )}
        <p>
          You are <strong>{as.login}</strong> there, under the profile {as.profile === '' ? 'that is built in' : <ObjectLink kind="profile" name={as.profile} />}.{' '}
          {as.proven
            ? 'The gateway proves it: no password of the resource is asked for.'
            : as.command != null && 'You are asked for the password of that login.'}
        </p>
        {as.approval !== null && (
          <p>
            Before a session begins, {as.approval.reviewers.join(', then ')} {as.approval.reviewers.length > 1 ? 'have' : 'has'} to agree
            {as.approval.covers_secs > 0 && `; that is good for ${spanText(as.approval.covers_secs)}`}.{' '}
            {as.approval.reason || as.approval.ticket !== null ? 'A reason has to be given: request access, then connect.' : 'Connect and wait, or request access ahead.'}
          </p>
        )}
        <div className={styles['web']}>
          <RequestAccess key={as.name} entry={entry} account={as.name} />
          <WebWays entry={entry} account={as.account} />
        </div>
        <h2>With your own programs</h2>
        <dl className={styles['ways']}>
          {waysTo(me, entry, as).map((way) => (
            <div key={way.title}>
              <dt>
                {way.title}
                {way.note !== undefined && <span className="muted">{way.note}</span>}
              </dt>
              <dd>
                <Command line={way.line} what={way.title.toLowerCase()} />
              </dd>
            </div>
          ))}
        </dl>
        {entry.medium === 'statements' && as.command != null && (
          <>
            <h2>A password for an hour</h2>
            <DatabasePassword key={as.account} resource={entry.name} account={as.account} />
          </>
        )}
        {/* Clients of databases know the gateway by its certificate, and never see these. */}
        {me.ssh != null && entry.medium !== 'statements' && <Trust />}
      </div>
    </Page>
  );
}

function Trust() {
  const me = useMe();
  return (
    <>
      <h2>To know the gateway by</h2>
      <p className="muted">At the first connection ssh shows one of these. If it shows another one, do not go on.</p>
      <dl className={styles['ways']}>
        {me.ssh_host_keys.map((key) => (
          <div key={key.fingerprint}>
            <dt>{key.algorithm}</dt>
            <dd>
              <Command line={key.fingerprint} what="fingerprint" />
            </dd>
          </div>
        ))}
        <div>
          <dt>
            For ~/.ssh/known_hosts
            <span className="muted">The second kind of line is for jumps.</span>
          </dt>
          <dd>
            <Command line={knownHosts(me)} what="lines for known_hosts" />
          </dd>
        </div>
      </dl>
    </>
  );
}
