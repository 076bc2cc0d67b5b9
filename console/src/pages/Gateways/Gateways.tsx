import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { GatewayNode } from '../../api/types';
import { count } from '../../format';
import { Page } from '../../layout/Page';
import type { Column } from '../../list/column';
import { DataList } from '../../list/DataList';
import { useLayout } from '../../list/useLayout';
import { Moment } from '../../ui/Moment';
import { Nothing } from '../../ui/Nothing';
import { Tag } from '../../ui/Tag';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './Gateways.module.css';
import { nodesQuery } from './useNodes';

const alive = (node: GatewayNode) => (node.alive ? <Tag tone="ok">running</Tag> : <Tag tone="warn">not seen</Tag>);

const columns: Column<GatewayNode>[] = [
  { id: 'name', title: 'Name', width: 220, grow: true, render: (node) => <strong title={node.name}>{node.name}</strong> },
  { id: 'alive', title: 'State', width: 110, render: alive },
  { id: 'started_at', title: 'Started', width: 140, render: (node) => <Moment at={node.started_at} /> },
  { id: 'version', title: 'Version', width: 110, mono: true, render: (node) => node.version },
];

/** The gateways of the organisation. */
export function Gateways() {
  const navigate = useNavigate();
  const nodes = useQuery(nodesQuery);
  const layout = useLayout('gateways', columns);
  return (
    <Page title="Gateways" note={nodes.data === undefined ? undefined : `${count(nodes.data.length)} · The instances that carry sessions`} filled>
      {nodes.isPending ? (
        <Waiting />
      ) : nodes.data === undefined ? (
        <Trouble error={nodes.error} retry={() => void nodes.refetch()} />
      ) : (
        <DataList
          label="Gateways"
          rows={nodes.data}
          layout={layout}
          total={nodes.data.length}
          keyOf={(node) => node.name}
          nameOf={(node) => node.name}
          hrefOf={(node) => `/gateways/${encodeURIComponent(node.name)}`}
          onOpen={(node) => void navigate({ to: '/gateways/$name', params: { name: node.name }, search: {} })}
          pageKeys
          card={(node) => (
            <div className={styles['card']}>
              <strong>{node.name}</strong>
              <span>
                {alive(node)} <Moment at={node.started_at} />
              </span>
            </div>
          )}
          cardHeight={58}
          empty={<Nothing title="No gateways" />}
        />
      )}
    </Page>
  );
}
