import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { isAdmin, useMe } from '../../api/me';
import { resourceTypesQuery } from '../../api/objects';
import { Problem } from '../../api/problem';
import { Form } from '../../form/Form';
import { objectName, type Field } from '../../form/field';
import { NotFound } from '../../layout/NotFound';
import { Page } from '../../layout/Page';
import { Unsaved, useUnsaved } from '../../layout/Unsaved';
import { kinds, type Kind } from '../../object/kinds';
import { toast } from '../../ui/toast';
import { Trouble } from '../../ui/Trouble';
import { tidy } from './tidy';
import { useSaveObject } from './useObject';

const nameField: Field = {
  name: '@name',
  label: 'Name',
  help: 'Unique, and used in logins, links and documents',
  type: 'mono',
  required: true,
  check: objectName,
};

/** A new object. */
export function NewObjectPage() {
  const { kind = '' } = useParams({ strict: false }) as { kind?: string };
  const known = kinds[kind];
  return known === undefined ? <NotFound /> : <Create key={kind} kind={known} />;
}

function Create({ kind }: { kind: Kind }) {
  const me = useMe();
  const navigate = useNavigate();
  const unsaved = useUnsaved();
  const types = useQuery({ ...resourceTypesQuery, enabled: kind.typed === true });
  const save = useSaveObject(kind.kind, (saved) => {
    unsaved.saved();
    toast(`${saved.name} made`);
    void navigate({ to: '/manage/$kind/$name', params: { kind: kind.kind, name: saved.name }, search: {} });
  });
  const error = useMemo(() => {
    if (save.error === null || Problem.of(save.error).status !== 412) return save.error;
    return new Problem(412, { title: 'Not made', detail: `There is already a ${kind.one} of this name`, field: 'name' });
  }, [save.error, kind]);
  return (
    <Page title={`New ${kind.one}`} note={kind.about} up={{ to: `/manage/${kind.kind}`, title: kind.many }}>
      {isAdmin(me) ? (
        <>
          <Form
            start={kind.fresh}
            fields={(values) => [nameField, ...kind.fields(values, types.data ?? [], me.secret_sources)]}
            save="Create"
            busy={save.isPending}
            error={error}
            onSave={({ '@name': name, ...spec }) => save.mutate({ name: String(name).trim(), version: null, spec: tidy(kind.sent?.(spec) ?? spec) })}
            onCancel={() => void navigate({ to: '/manage/$kind', params: { kind: kind.kind }, search: {} })}
            onChanged={unsaved.onChanged}
          />
          <Unsaved changed={unsaved.changed} />
        </>
      ) : (
        <Trouble error={new Problem(403, { detail: `Only an administrator may make a ${kind.one}.` })} />
      )}
    </Page>
  );
}
