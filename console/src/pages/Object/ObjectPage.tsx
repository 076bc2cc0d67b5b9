import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { isAdmin, useMe } from '../../api/me';
import { resourceTypesQuery } from '../../api/objects';
import { Problem } from '../../api/problem';
import type { StoredObject } from '../../api/types';
import { NotFound } from '../../layout/NotFound';
import { Page } from '../../layout/Page';
import { Facts } from '../../object/Facts';
import { kinds, type Kind } from '../../object/kinds';
import { Moment } from '../../ui/Moment';
import { Notice } from '../../ui/Notice';
import { Tabs, type Tab } from '../../ui/Tabs';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { SessionsOf } from '../Sessions/SessionsOf';
import { Edit } from './Edit';
import styles from './Object.module.css';
import { UserFactors } from './UserFactors';
import { UserKeys } from './UserKeys';
import { Yaml } from './Yaml';
import { useObject } from './useObject';

/** One object: what it says, the sessions that belong to it, and its document. */
export function ObjectPage() {
  const { kind = '', name = '' } = useParams({ strict: false }) as { kind?: string; name?: string };
  const known = kinds[kind];
  return known === undefined ? <NotFound /> : <One key={`${kind}/${name}`} kind={known} name={name} />;
}

function One({ kind, name }: { kind: Kind; name: string }) {
  const object = useObject(kind.kind, name);
  const types = useQuery({ ...resourceTypesQuery, enabled: kind.typed === true });
  if (object.isPending || (types.isPending && types.isEnabled)) {
    return (
      <Page title={name} up={{ to: `/manage/${kind.kind}`, title: kind.many }}>
        <Waiting />
      </Page>
    );
  }
  if (object.data === undefined) {
    const gone = Problem.of(object.error).status === 404 && kind.sessions !== undefined;
    return gone ? <Gone kind={kind} name={name} /> : <Trouble page error={object.error} retry={() => void object.refetch()} />;
  }
  return <Shown kind={kind} object={object.data} types={types.data ?? []} again={() => void object.refetch()} />;
}

interface ShownProps {
  kind: Kind;
  object: StoredObject;
  types: Parameters<Kind['fields']>[1];
  again(): void;
}

function Shown({ kind, object, types, again }: ShownProps) {
  const me = useMe();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const leave = () => void navigate({ to: '/manage/$kind', params: { kind: kind.kind }, search: {} });
  const filter = useMemo(() => kind.sessions?.(object.name, object.spec), [kind, object]);
  const tabs: Tab[] = [
    {
      id: 'details',
      title: 'Details',
      content: (
        <div className={styles['flow']}>
          {isAdmin(me) ? (
            <Edit key={object.version} kind={kind} object={object} types={types} onSaved={again} onLeave={leave} />
          ) : (
            <Facts fields={kind.fields(object.spec, types)} spec={object.spec} label={`${kind.one} ${object.name}`} />
          )}
          {kind.kind === 'user' && (object.spec['kind'] === 'service' ? <UserKeys name={object.name} /> : <UserFactors name={object.name} />)}
        </div>
      ),
    },
    ...(filter === undefined ? [] : [{ id: 'sessions', title: 'Sessions', content: <SessionsOf fixed={filter} /> }]),
    { id: 'yaml', title: 'YAML', content: <Yaml object={object} /> },
  ];
  const tab = tabs.some((one) => one.id === search['tab']) ? String(search['tab']) : 'details';
  return (
    <Page
      title={object.name}
      up={{ to: `/manage/${kind.kind}`, title: kind.many }}
      filled
      note={
        <>
          version {object.version}, changed <Moment at={object.updated_at} />
        </>
      }
    >
      <Tabs
        label={`${kind.one} ${object.name}`}
        tabs={tabs}
        value={tab}
        onChange={(id) => void navigate({ to: '.', search: id === 'details' ? {} : { tab: id } })}
      />
    </Page>
  );
}

/** The object was removed; what belongs to its name is still there. */
function Gone({ kind, name }: { kind: Kind; name: string }) {
  const filter = useMemo(() => kind.sessions?.(name, {}) ?? {}, [kind, name]);
  return (
    <Page title={name} up={{ to: `/manage/${kind.kind}`, title: kind.many }} filled>
      <div className={styles['gone']}>
        <Notice tone="info" title={`There is no ${kind.one} of this name, or no longer`}>
          Its sessions are kept, and are listed here.
        </Notice>
      </div>
      <SessionsOf fixed={filter} />
    </Page>
  );
}
