import { Link } from '@tanstack/react-router';
import { lazy, Suspense, type ReactNode } from 'react';
import { whoText as whoSaid } from '../../../approval/words';
import { seesAll, useMe } from '../../../api/me';
import type { Session } from '../../../api/types';
import { bytes, title, words } from '../../../format';
import { ObjectLink } from '../../../object/ObjectLink';
import { reasonWords } from '../../../session/states';
import { StateMark } from '../../../session/StateMark';
import { TypeTag } from '../../../session/TypeTag';
import { Copy } from '../../../ui/Copy';
import { Exact, Moment } from '../../../ui/Moment';
import styles from './Info.module.css';

const Shares = lazy(() => import('./Shares'));

/** Everything that is known about the session, each piece ready to be copied. */
export function InfoTab({ session: s }: { session: Session }) {
  const me = useMe();
  const approval = s.review?.approvals.find((one) => one.kind === 'session');
  return (
    <div className={styles['pane']}>
      <dl className={styles['info']}>
        <Item name="Session ID" copy={s.session_id}>
          <code>{s.session_id}</code>
        </Item>
        <Item name="Status" copy={s.state}>
          <StateMark state={s.state} />
        </Item>
        {s.end_reason !== null && (
          <Item name="End reason" copy={s.end_reason}>
            {reasonWords(s.end_reason)}
          </Item>
        )}
        <Item name="User" copy={s.user.name}>
          <ObjectLink kind="user" name={s.user.name} />
        </Item>
        <Item name="Account" copy={s.account}>
          {s.account}
        </Item>
        <Item name="Resource" copy={s.resource.name}>
          <ObjectLink kind="resource" name={s.resource.name} />
        </Item>
        <Item name="Type" copy={s.resource.type}>
          <TypeTag type={s.resource.type} engine={s.resource.engine} />
        </Item>
        <Item name="Host" copy={s.resource.host}>
          {s.resource.host === '' ? '' : <code>{s.resource.host}</code>}
        </Item>
        <Item name="Requested" copy={s.created_at ?? ''}>
          <Exact at={s.created_at} />
        </Item>
        <Item name="Start" copy={s.started_at ?? ''}>
          <Exact at={s.started_at} />
        </Item>
        <Item name="First logon" copy={s.first_logon_at ?? ''}>
          <Exact at={s.first_logon_at} />
        </Item>
        {s.login_via !== 'none' && (
          <Item name="Logged in" copy={s.login_via}>
            {s.login_via === 'direct' ? 'past the gateway' : 'through the gateway'}
            {s.direct !== null && (
              <span className="muted">
                {' '}
                · looked for <Moment at={s.direct.checked_at} />
                {s.direct.error !== null && `: ${s.direct.error}`}
              </span>
            )}
          </Item>
        )}
        <Item name="Scheduled end" copy={s.expires_at ?? ''}>
          <Exact at={s.expires_at} />
        </Item>
        <Item name="Actual end" copy={s.ended_at ?? ''}>
          <Exact at={s.ended_at} none="running" />
        </Item>
        <Item name="Client IP" copy={s.client_ip}>
          <code>{s.client_ip}</code>
        </Item>
        <Item name="Client interface" copy={s.client_interface_title}>
          {s.client_interface_title}
        </Item>
        <Item name="Verb" copy={s.verb}>
          {s.verb === 'exec' ? 'one command or statement' : 'a conversation'}
        </Item>
        <Item name="Gateway" copy={s.gateway.name}>
          <ObjectLink kind="gateway" name={s.gateway.name} />
          {s.gateway.cluster !== s.gateway.name && <span className="muted"> in {s.gateway.cluster}</span>}
        </Item>
        <Item name="Secret" copy={s.secret_name}>
          {s.secret_name === '' ? <span className="muted">the user's own</span> : <ObjectLink kind="secret" name={s.secret_name} />}
        </Item>
        <Item name="Access rule" copy={s.access_rule}>
          <ObjectLink kind="access_rule" name={s.access_rule} />
        </Item>
        <Item name="Profile" copy={s.profile}>
          <ObjectLink kind="profile" name={s.profile} />
        </Item>
        {s.activity !== null && (
          <Item name="Activity" copy={s.activity.name}>
            <ObjectLink kind="activity" name={s.activity.name} />
          </Item>
        )}
        <Item name="Recording" copy={s.recording.state}>
          {words(s.recording.state)}
          {s.recording.formats.length > 0 && <span className="muted"> · {s.recording.formats.join(', ')}</span>}
        </Item>
        {approval !== undefined && (
          <Item name="Approval" copy={approval.id}>
            <Link to="/approvals/$id" params={{ id: approval.id }}>
              {approval.state}
            </Link>
            <span className="muted"> {[whoSaid(approval), approval.reason].filter((text) => text !== '').join(' · ')}</span>
          </Item>
        )}
        {s.recording.expires_at !== null && (
          <Item name="Kept until" copy={s.recording.expires_at}>
            <Exact at={s.recording.expires_at} />
          </Item>
        )}
        <Item name="Ticket" copy={s.ticket}>
          {s.ticket}
        </Item>
        <Item name="Correlation" copy={s.correlation_id}>
          {s.correlation_id}
        </Item>
      </dl>
      <h2>Connections</h2>
      {s.connections.length === 0 && <p className="muted">None</p>}
      {s.connections.map((connection, at) => (
        <dl key={connection.id} className={styles['connection']}>
          <dt>{at + 1}</dt>
          <dd>
            <Exact at={connection.opened_at} /> – <Exact at={connection.closed_at} none="open" />
          </dd>
          <dd>
            <code>{connection.client_ip}</code>
            {connection.client_version !== '' && <span className="muted"> · {connection.client_version}</span>}
          </dd>
          <dd>
            ↑ {bytes(connection.bytes_up)} · ↓ {bytes(connection.bytes_down)}
            {connection.close_reason !== null && <span className="muted"> · {title(reasonWords(connection.close_reason))}</span>}
          </dd>
        </dl>
      ))}
      {s.authorized_actions.includes('share') && (
        <Suspense>
          <Shares session={s.session_id} />
        </Suspense>
      )}
      {seesAll(me) && (
        <p>
          <Link to="/audit" search={{ session: s.session_id }}>
            Audit log of this session
          </Link>
        </p>
      )}
    </div>
  );
}

function Item({ name, copy, children }: { name: string; copy: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span>{copy === '' && (children === '' || children === null) ? <span className="muted">–</span> : children}</span>
        {copy !== '' && <Copy text={copy} what={name} />}
      </dd>
    </div>
  );
}
