import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { isAdmin, useMe } from '../../api/me';
import type { ConnectEntry } from '../../api/types';
import { count } from '../../format';
import { Page } from '../../layout/Page';
import { TypeTag } from '../../session/TypeTag';
import { Command } from '../../ui/Command';
import { IconPlug } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { SearchBox } from '../../ui/SearchBox';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import styles from './Connect.module.css';

/** What the person may reach, with the line that does it. */
export function Connect() {
  const me = useMe();
  const [q, setQ] = useState('');
  const connect = useQuery({ queryKey: ['connect'], queryFn: ({ signal }) => body(api.GET('/v1/connect', { signal })) });
  const wanted = q.toLowerCase();
  const all = connect.data?.resources ?? [];
  const rows = all.filter((one) => `${one.name} ${one.description} ${one.type}`.toLowerCase().includes(wanted));
  return (
    <Page
      title="My connections"
      note={connect.data === undefined ? undefined : `${count(rows.length)} ${rows.length === 1 ? 'resource' : 'resources'} that you may reach`}
      tools={all.length > 5 ? <SearchBox label="Search in my connections" value={q} onChange={setQ} wait={100} /> : undefined}
    >
      {connect.isPending ? (
        <Waiting />
      ) : connect.data === undefined ? (
        <Trouble error={connect.error} retry={() => void connect.refetch()} />
      ) : rows.length === 0 ? (
        <Nothing title={q === '' ? 'There is nothing that you may reach yet' : 'Nothing found'} icon={<IconPlug size={28} stroke={1.4} />}>
          {q !== '' ? undefined : isAdmin(me) ? (
            <>
              Make a <Link to="/manage/$kind" params={{ kind: 'resource' }} search={{}}>resource</Link>, an{' '}
              <Link to="/manage/$kind" params={{ kind: 'account' }} search={{}}>account</Link> and an{' '}
              <Link to="/manage/$kind" params={{ kind: 'access_rule' }} search={{}}>access rule</Link>.
            </>
          ) : (
            'An administrator gives access with an access rule.'
          )}
        </Nothing>
      ) : (
        <ul className={styles['list']}>
          {rows.map((entry) => (
            <Reach key={entry.name} entry={entry} user={me.person.name} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Reach({ entry, user }: { entry: ConnectEntry; user: string }) {
  return (
    <li className={styles['reach']}>
      <div className={styles['head']}>
        <h2>{entry.name}</h2>
        <TypeTag type={entry.type} />
        {entry.account !== '' && <span className="muted">as {entry.account}</span>}
        <span className={styles['space']} />
        <Link to="/sessions" search={{ user, resource: entry.name }}>
          My sessions here
        </Link>
      </div>
      {entry.description !== '' && <p className="muted">{entry.description}</p>}
      <Command line={entry.command ?? `doorward connect ${entry.name}`} />
    </li>
  );
}
