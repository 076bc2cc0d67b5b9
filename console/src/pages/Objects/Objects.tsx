import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { objectsQuery } from '../../api/objects';
import { isAdmin, useMe } from '../../api/me';
import { count } from '../../format';
import { NotFound } from '../../layout/NotFound';
import { Page } from '../../layout/Page';
import { ColumnChooser } from '../../list/ColumnChooser';
import { DataList } from '../../list/DataList';
import { useLayout } from '../../list/useLayout';
import { columnsOf } from '../../object/columns';
import { kinds, type Kind } from '../../object/kinds';
import { Button } from '../../ui/Button';
import { IconPlus } from '../../ui/icons';
import { Nothing } from '../../ui/Nothing';
import { SearchBox } from '../../ui/SearchBox';
import { Trouble } from '../../ui/Trouble';
import { useHotkeys } from '../../ui/useHotkeys';
import { Waiting } from '../../ui/Waiting';
import { ObjectCard } from './ObjectCard';

/** All objects of one kind. */
export function Objects() {
  const { kind = '' } = useParams({ strict: false }) as { kind?: string };
  const known = kinds[kind];
  return known === undefined ? <NotFound /> : <Listed key={kind} kind={known} />;
}

function Listed({ kind }: { kind: Kind }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const me = useMe();
  const columns = useMemo(() => columnsOf(kind), [kind]);
  const layout = useLayout(`manage.${kind.kind}`, columns);
  const objects = useQuery(objectsQuery(kind.kind));
  const box = useRef<HTMLInputElement>(null);
  const q = search['search'] ?? '';
  const rows = useMemo(() => {
    const wanted = q.toLowerCase();
    const all = objects.data ?? [];
    return wanted === '' ? all : all.filter((one) => `${one.name} ${JSON.stringify(one.spec)}`.toLowerCase().includes(wanted));
  }, [objects.data, q]);
  const create = () => void navigate({ to: '/create/$kind', params: { kind: kind.kind } });
  useHotkeys({ '/': () => box.current?.focus() });
  return (
    <Page
      title={kind.many}
      note={objects.data === undefined ? kind.about : `${count(rows.length)} · ${kind.about}`}
      filled
      actions={
        <>
          <ColumnChooser columns={columns} state={layout} />
          {isAdmin(me) && (
            <Button tone="primary" icon={<IconPlus size={15} />} onClick={create}>
              New {kind.one}
            </Button>
          )}
        </>
      }
      tools={
        <SearchBox
          inputRef={box}
          label={`Search in ${kind.many.toLowerCase()}`}
          value={q}
          wait={120}
          onChange={(next) => void navigate({ to: '.', search: next === '' ? {} : { search: next }, replace: true })}
        />
      }
    >
      {objects.isPending ? (
        <Waiting />
      ) : objects.data === undefined ? (
        <Trouble error={objects.error} retry={() => void objects.refetch()} />
      ) : (
        <DataList
          label={kind.many}
          rows={rows}
          layout={layout}
          total={rows.length}
          keyOf={(row) => row.name}
          nameOf={(row) => row.name}
          hrefOf={(row) => `/manage/${kind.kind}/${encodeURIComponent(row.name)}`}
          onOpen={(row) => void navigate({ to: '/manage/$kind/$name', params: { kind: kind.kind, name: row.name } })}
          pageKeys
          card={(row) => <ObjectCard columns={columns} object={row} />}
          cardHeight={58}
          empty={
            <Nothing title={q === '' ? `No ${kind.many.toLowerCase()} yet` : 'Nothing found'}>
              {q === '' && isAdmin(me) && (
                <Button icon={<IconPlus size={15} />} onClick={create}>
                  Make the first {kind.one}
                </Button>
              )}
            </Nothing>
          }
        />
      )}
    </Page>
  );
}
