import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { resourceTypesQuery } from '../../api/objects';
import type { StoredObject } from '../../api/types';
import { Form } from '../../form/Form';
import type { Field, Values } from '../../form/field';
import { NotFound } from '../../layout/NotFound';
import { Page } from '../../layout/Page';
import { Moment } from '../../ui/Moment';
import { toast } from '../../ui/toast';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { kinds, type Kind } from '../Objects/kinds';
import { Remove } from './Remove';
import { useObject, useSaveObject } from './useObject';

/** One object: what it says, ready to be changed. */
export function ObjectPage() {
  const { kind = '', name = '' } = useParams({ strict: false }) as { kind?: string; name?: string };
  const known = kinds[kind];
  return known === undefined ? <NotFound /> : <Edit key={`${kind}/${name}`} kind={known} name={name} />;
}

/** A new object. */
export function NewObjectPage() {
  const { kind = '' } = useParams({ strict: false }) as { kind?: string };
  const known = kinds[kind];
  return known === undefined ? <NotFound /> : <Create key={kind} kind={known} />;
}

function Edit({ kind, name }: { kind: Kind; name: string }) {
  const object = useObject(kind.kind, name);
  if (object.isPending) return <Waiting />;
  if (object.data === undefined) return <Trouble page error={object.error} retry={() => void object.refetch()} />;
  return <EditForm key={object.data.version} kind={kind} object={object.data} />;
}

function EditForm({ kind, object }: { kind: Kind; object: StoredObject }) {
  const navigate = useNavigate();
  const types = useQuery({ ...resourceTypesQuery, enabled: kind.kind === 'resource' });
  const back = () => void navigate({ to: '/manage/$kind', params: { kind: kind.kind }, search: {} });
  const save = useSaveObject(kind.kind, (saved) => {
    toast(`${saved.name} saved`);
    back();
  });
  return (
    <Page
      title={object.name}
      note={
        <>
          <Link to="/manage/$kind" params={{ kind: kind.kind }} search={{}}>
            {kind.many}
          </Link>{' '}
          · version {object.version}, changed <Moment at={object.updated_at} />
          {sessionsOf(kind.kind, object.name)}
        </>
      }
    >
      <Form
        start={object.spec}
        fields={(values) => kind.fields(values, types.data ?? [])}
        save="Save"
        busy={save.isPending}
        error={save.error}
        onSave={(spec) => save.mutate({ name: object.name, version: object.version, spec: tidy(spec) })}
        onCancel={back}
      >
        <Remove kind={kind} object={object} onDone={back} />
      </Form>
    </Page>
  );
}

function sessionsOf(kind: string, name: string) {
  const column = { user: 'user', resource: 'resource', account: 'account', access_rule: 'access_rule' }[kind];
  if (column === undefined) return null;
  return (
    <>
      {' '}
      ·{' '}
      <Link to="/sessions" search={{ [column]: name }}>
        Sessions
      </Link>
    </>
  );
}

function Create({ kind }: { kind: Kind }) {
  const navigate = useNavigate();
  const types = useQuery({ ...resourceTypesQuery, enabled: kind.kind === 'resource' });
  const back = () => void navigate({ to: '/manage/$kind', params: { kind: kind.kind }, search: {} });
  const save = useSaveObject(kind.kind, (saved) => {
    toast(`${saved.name} made`);
    back();
  });
  const nameField: Field = {
    name: '@name',
    label: 'Name',
    help: 'Unique, and used in logins, links and documents',
    type: 'mono',
    required: true,
  };
  return (
    <Page title={`New ${kind.one}`} note={kind.about}>
      <Form
        start={kind.fresh}
        fields={(values) => [nameField, ...kind.fields(values, types.data ?? [])]}
        save="Create"
        busy={save.isPending}
        error={save.error}
        onSave={({ '@name': name, ...spec }) => save.mutate({ name: String(name).trim(), version: null, spec: tidy(spec) })}
        onCancel={back}
      />
    </Page>
  );
}

/** Leaves out blank lines, which a person writes and no key is. */
function tidy(spec: Values): Values {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.filter((one) => typeof one !== 'string' || one.trim() !== '') : value,
    ]),
  );
}
