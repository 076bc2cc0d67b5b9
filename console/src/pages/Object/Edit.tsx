import { useRef, useState } from 'react';
import { useMe } from '../../api/me';
import { Problem } from '../../api/problem';
import type { ResourceType, StoredObject } from '../../api/types';
import { Form } from '../../form/Form';
import type { Values } from '../../form/field';
import { Unsaved, useUnsaved } from '../../layout/Unsaved';
import type { Kind } from '../../object/kinds';
import { DRAFTED } from '../../policy/drafted';
import { WhatIf } from '../../policy/WhatIf';
import { Button } from '../../ui/Button';
import { IconScale } from '../../ui/icons';
import { toast } from '../../ui/toast';
import { Conflict } from './Conflict';
import { Remove } from './Remove';
import { tidy } from './tidy';
import { useSaveObject } from './useObject';

interface Props {
  kind: Kind;
  object: StoredObject;
  types: ResourceType[];
  /** Reads the object anew. */
  onSaved(): void;
  onLeave(): void;
}

/** An object, ready to be changed. */
export function Edit({ kind, object, types, onSaved, onLeave }: Props) {
  const { secret_sources: sources } = useMe();
  const unsaved = useUnsaved();
  const [mine, setMine] = useState<Values>(object.spec);
  const written = useRef<Values | null>(null);
  const onChanged = useRef((values: Values | null) => {
    written.current = values;
    unsaved.onChanged(values);
  }).current;
  const [tried, setTried] = useState<{ nth: number; spec: Values } | null>(null);
  const save = useSaveObject(kind.kind, (saved) => {
    unsaved.saved();
    toast(`${saved.name} saved`);
    onSaved();
  });
  const stale = save.isError && Problem.of(save.error).status === 412;
  const store = (spec: Values, version: number) => {
    const sent = tidy(kind.sent?.(spec) ?? spec);
    setMine(sent);
    save.mutate({ name: object.name, version, spec: sent });
  };
  return (
    <>
      <Form
        start={object.spec}
        fields={(values) => kind.fields(values, types, sources)}
        save="Save"
        busy={save.isPending}
        error={stale ? null : save.error}
        onSave={(spec) => store(spec, object.version)}
        onCancel={onLeave}
        onChanged={onChanged}
        notice={
          stale && (
            <Conflict
              kind={kind.kind}
              name={object.name}
              fields={kind.fields(mine, types, sources)}
              before={object}
              mine={mine}
              onTakeTheirs={() => {
                unsaved.saved();
                onSaved();
              }}
              onSaveMine={(version) => store(mine, version)}
            />
          )
        }
      >
        {DRAFTED.includes(kind.kind) && (
          <Button icon={<IconScale size={15} />} onClick={() => setTried((old) => ({ nth: (old?.nth ?? 0) + 1, spec: tidy(written.current ?? object.spec) }))}>
            What would this change?
          </Button>
        )}
        <Remove
          kind={kind}
          object={object}
          onDone={() => {
            unsaved.saved();
            onLeave();
          }}
        />
      </Form>
      {tried !== null && (
        <WhatIf nth={tried.nth} document={{ kind: kind.kind, name: object.name, spec: tried.spec }} onClose={() => setTried(null)} />
      )}
      <Unsaved changed={unsaved.changed} />
    </>
  );
}
