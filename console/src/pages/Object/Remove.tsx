import { useState } from 'react';
import { Problem } from '../../api/problem';
import type { StoredObject } from '../../api/types';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { IconTrash } from '../../ui/icons';
import { Notice } from '../../ui/Notice';
import { toast } from '../../ui/toast';
import type { Kind } from '../Objects/kinds';
import styles from './Remove.module.css';
import { useRemoveObject } from './useObject';

/** Removes the object, after asking. */
export function Remove({ kind, object, onDone }: { kind: Kind; object: StoredObject; onDone(): void }) {
  const [open, setOpen] = useState(false);
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
        <p>Sessions and recordings keep its name. Nothing else that speaks of it is changed.</p>
        {remove.isError && (
          <Notice tone="danger" title={Problem.of(remove.error).title}>
            {Problem.of(remove.error).message}
          </Notice>
        )}
        <div className={styles['buttons']}>
          <Button onClick={() => setOpen(false)}>Keep it</Button>
          <Button tone="danger" busy={remove.isPending} onClick={() => remove.mutate({ name: object.name, version: object.version })}>
            Remove
          </Button>
        </div>
      </Dialog>
    </>
  );
}
