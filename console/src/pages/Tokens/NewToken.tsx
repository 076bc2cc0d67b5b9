import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Command } from '../../ui/Command';
import { Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/fields';
import { Notice } from '../../ui/Notice';
import styles from './Tokens.module.css';

const DAY = 86_400;
const LASTS = [
  { value: String(DAY), label: '1 day' },
  { value: String(30 * DAY), label: '30 days' },
  { value: String(90 * DAY), label: '90 days' },
  { value: String(365 * DAY), label: '1 year' },
  { value: 'never', label: 'Until it is removed' },
];

interface Props {
  /** The service account that a key is made of; without one, a token of the person. */
  of?: string;
  onClose(): void;
}

/** Makes a token, or a key of a service account, and shows it this one time. */
export function NewToken({ of, onClose }: Props) {
  const what = of === undefined ? 'token' : 'key';
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [lasts, setLasts] = useState(String(30 * DAY));
  const make = useMutation({
    mutationFn: () => {
      const wish = { name: name.trim(), expires_in_secs: lasts === 'never' ? null : Number(lasts) };
      return of === undefined
        ? body(api.POST('/v1/tokens', { body: wish }))
        : body(api.POST('/v1/users/{name}/keys', { params: { path: { name: of } }, body: wish }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <Dialog open onClose={onClose} title={`New ${what}`}>
      {make.data === undefined ? (
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <TextField label="Name" help="What will use it" value={name} onChange={setName} required autoFocus />
          <SelectField label="Valid for" value={lasts} onChange={(value) => setLasts(value ?? 'never')} choices={LASTS} />
          {make.isError && <Notice tone="danger" title={Problem.of(make.error).message} />}
          <div className={styles['buttons']}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={make.isPending}>
              Make {what}
            </Button>
          </div>
        </form>
      ) : (
        <div className={styles['form']}>
          <Notice tone="warn" title="Copy it now: it is not shown again" />
          <Command line={make.data.token ?? ''} what={what} />
          <div className={styles['buttons']}>
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
