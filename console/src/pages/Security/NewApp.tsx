import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import { Button } from '../../ui/Button';
import { Command } from '../../ui/Command';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/inputs';
import { Notice } from '../../ui/Notice';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { Codes } from './Codes';
import styles from './Security.module.css';

/** The white margin that cameras need around the squares. */
const MARGIN = 4;

/** Shows the secret to an authenticator app, and takes it in when the app shows its first code. */
export function NewApp({ onClose }: { onClose(): void }) {
  const [code, setCode] = useState('');
  // Drawn once for this window: another one would make what the camera has seen worthless.
  const begun = useQuery({
    queryKey: ['new-totp'],
    queryFn: () => body(api.POST('/v1/factors/totp', {})),
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  const confirm = useMutation({
    mutationFn: () => body(api.POST('/v1/factors/totp/confirm', { body: { code: code.trim() } })),
    // Who has a passkey has recovery codes already.
    onSuccess: ({ codes }) => {
      if (codes.length === 0) onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={confirm.data === undefined ? 'Set up an authenticator app' : 'Recovery codes'}>
      {confirm.data !== undefined ? (
        <Codes codes={confirm.data.codes} onDone={onClose} />
      ) : begun.isPending ? (
        <Waiting />
      ) : begun.data === undefined ? (
        <Trouble error={begun.error} retry={() => void begun.refetch()} />
      ) : (
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            confirm.mutate();
          }}
        >
          <p>Scan the picture with the app, or type the secret into it.</p>
          <Squares size={begun.data.picture.size} path={begun.data.picture.path} />
          <Command line={begun.data.secret} what="secret" />
          <TextField
            label="Code"
            help="The six digits that the app shows now"
            name="code"
            autoComplete="one-time-code"
            inputMode="numeric"
            value={code}
            onChange={setCode}
            required
            autoFocus
          />
          <div aria-live="assertive">{confirm.isError && <Notice tone="danger" title={Problem.of(confirm.error).message} />}</div>
          <div className={styles['buttons']}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={confirm.isPending}>
              Turn on
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Squares({ size, path }: { size: number; path: string }) {
  const all = size + 2 * MARGIN;
  return (
    <svg
      className={styles['picture']}
      viewBox={`${-MARGIN} ${-MARGIN} ${all} ${all}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label="The secret as a picture for the camera of your phone"
    >
      <path d={path} />
    </svg>
  );
}
