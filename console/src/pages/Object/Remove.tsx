import { useState } from 'react';
import { Problem } from '../../api/problem';
import type { StoredObject } from '../../api/types';
import type { Kind } from '../../object/kinds';
import { kinds } from '../../object/kinds';
import { ObjectLink } from '../../object/ObjectLink';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { IconTrash } from '../../ui/icons';
import { Notice } from '../../ui/Notice';
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
      <Dialog open={open} onClose={() => setOpen(false)} title={`Remove ${kind.one} ${object.name}?`}>
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
        {remove.isError && (
          <Notice tone="danger" title={Problem.of(remove.error).title}>
            {Problem.of(remove.error).message}
          </Notice>
        )}
        <div className={styles['buttons']}>
          <Button onClick={() => setOpen(false)}>Keep it</Button>
          <Button
            tone="danger"
            disabled={by === undefined || by.length > 0}
            busy={remove.isPending}
            onClick={() => remove.mutate({ name: object.name, version: object.version })}
          >
            Remove
          </Button>
        </div>
      </Dialog>
    </>
  );
}
