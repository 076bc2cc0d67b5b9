import { useState } from 'react';
import type { StoredObject } from '../../api/types';
import type { Kind } from '../../object/kinds';
import { kinds } from '../../object/kinds';
import { ObjectLink } from '../../object/ObjectLink';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { IconTrash } from '../../ui/icons';
import { toast } from '../../ui/toast';
import { Waiting } from '../../ui/Waiting';
import styles from './Remove.module.css';
import { useNaming, useRemoveObject } from './useObject';

/** Removes the object, after asking; names what depends on it. */
export function Remove({ kind, object, onDone }: { kind: Kind; object: StoredObject; onDone(): void }) {
  const [open, setOpen] = useState(false);
  const by = useNaming(kind.kind, object.name, open);
  const remove = useRemoveObject(kind.kind, () => {
    toast(`${object.name} removed`);
    onDone();
  });
  return (
    <>
      <Button icon={<IconTrash size={15} />} onClick={() => setOpen(true)}>
        Remove…
      </Button>
      <Confirm
        open={open}
        title={`Remove ${kind.one} ${object.name}?`}
        act="Remove"
        disabled={by === undefined || by.length > 0}
        busy={remove.isPending}
        error={remove.error}
        onAct={() => remove.mutate({ name: object.name, version: object.version })}
        onClose={() => setOpen(false)}
      >
        {by === undefined ? (
          <Waiting label="Looking for what depends on it" />
        ) : by.length === 0 ? (
          <>
            <p>Nothing names it. Its sessions and recordings keep its name, and stay.</p>
            {kind.kind === 'user' && <p>Their running sessions end at once.</p>}
          </>
        ) : (
          <>
            <p>It cannot be removed while {by.length === 1 ? 'this names it' : 'these name it'}:</p>
            <ul className={styles['by']}>
              {by.map((one) => (
                <li key={`${one.kind}/${one.name}`}>
                  {kinds[one.kind]?.one ?? one.kind} <ObjectLink kind={one.kind} name={one.name} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Confirm>
    </>
  );
}
