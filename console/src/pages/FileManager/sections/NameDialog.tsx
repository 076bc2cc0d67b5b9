import { useState } from 'react';
import type { Problem } from '../../../api/problem';
import { Button } from '../../../ui/Button';
import { Dialog } from '../../../ui/Dialog';
import { TextField } from '../../../ui/fields';
import { Notice } from '../../../ui/Notice';
import styles from '../FileManager.module.css';
import { nameTrouble } from '../paths';

interface Props {
  title: string;
  does: string;
  first: string;
  onClose(): void;
  /** Gives the problem when it was refused. */
  onName(name: string): Promise<Problem | null>;
}

/** Asks for a name: of a new folder, or a new one for what there is. */
export function NameDialog({ title, does, first, onClose, onName }: Props) {
  const [name, setName] = useState(first);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = nameTrouble(name);
  const give = async () => {
    setAsked(true);
    if (wrong !== '') return;
    if (name === first) {
      onClose();
      return;
    }
    setBusy(true);
    const refused = await onName(name);
    setBusy(false);
    setProblem(refused);
    if (refused === null) onClose();
  };
  return (
    <Dialog open ownFocus onClose={onClose} title={title}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void give();
        }}
      >
        <TextField label="Name" value={name} onChange={setName} error={asked && wrong !== '' ? wrong : undefined} autoFocus mono />
        {problem !== null && (
          <Notice tone="danger" title={problem.title}>
            {problem.message === problem.title ? undefined : problem.message} {problem.hint}
          </Notice>
        )}
        <div className={styles['buttons']}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {does}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
