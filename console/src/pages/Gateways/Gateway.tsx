import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMe } from '../../api/me';
import { Problem } from '../../api/problem';
import { Page } from '../../layout/Page';
import { Exact } from '../../ui/Moment';
import { Tabs } from '../../ui/Tabs';
import { Tag } from '../../ui/Tag';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { SessionsOf } from '../Sessions/SessionsOf';
import styles from './Gateways.module.css';
import { nodesQuery } from './useNodes';

const up = { to: '/gateways', title: 'Gateways' };

/** One gateway, and the sessions that it carried. */
export function Gateway() {
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const me = useMe();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const nodes = useQuery(nodesQuery);
  const fixed = useMemo(() => ({ gateway: name }), [name]);
  if (nodes.isPending) {
    return (
      <Page title={name} up={up}>
        <Waiting />
      </Page>
    );
  }
  if (nodes.data === undefined) return <Trouble page error={nodes.error} retry={() => void nodes.refetch()} />;
  const node = nodes.data.find((one) => one.name === name);
  if (node === undefined) return <Trouble page error={new Problem(404, { detail: `There is no gateway ${name}.` })} />;
  const here = me.gateway.name === node.name;
  const details = (
    <div className={styles['flow']}>
      <dl className={styles['facts']}>
        <dt>State</dt>
        <dd>{node.alive ? <Tag tone="ok">running</Tag> : <Tag tone="warn">not seen: its lease has run out</Tag>}</dd>
        <dt>Started</dt>
        <dd>
          <Exact at={node.started_at} />
        </dd>
        <dt>Version</dt>
        <dd className="mono">{node.version}</dd>
        {here && (
          <>
            <dt>This console</dt>
            <dd>
              comes from this gateway; <Link to="/settings">what it runs with</Link>
            </dd>
          </>
        )}
        {here && me.ssh != null && (
          <>
            <dt>SSH</dt>
            <dd className="mono">
              {me.ssh.host}:{me.ssh.port}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
  return (
    <Page title={node.name} up={up} filled>
      <Tabs
        label={`Gateway ${node.name}`}
        tabs={[
          { id: 'details', title: 'Details', content: details },
          { id: 'sessions', title: 'Sessions', content: <SessionsOf fixed={fixed} /> },
        ]}
        value={search['tab'] === 'sessions' ? 'sessions' : 'details'}
        onChange={(id) => void navigate({ to: '.', search: id === 'details' ? {} : { tab: id } })}
      />
    </Page>
  );
}
