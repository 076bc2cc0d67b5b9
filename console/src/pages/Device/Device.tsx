import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import { useMe } from '../../api/me';
import { Page } from '../../layout/Page';
import { Button } from '../../ui/Button';
import { TextField } from '../../ui/inputs';
import { Exact } from '../../ui/Moment';
import { Notice } from '../../ui/Notice';
import { Waiting } from '../../ui/Waiting';
import styles from './Device.module.css';

const route = getRouteApi('/signed-in/shell/device');

/** Where a person lets a program in that shows a code, such as `doorward login`. */
export function Device() {
  const { code } = route.useSearch();
  return (
    <Page title="Let a program in" note="Such as the command line, after doorward login">
      {code === undefined ? <Ask /> : <Decide key={code} code={code} />}
    </Page>
  );
}

/** Asks for the code that the program shows. */
function Ask() {
  const [typed, setTyped] = useState('');
  const navigate = useNavigate();
  return (
    <form
      className={styles['card']}
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({ to: '/device', search: { code: typed.trim() } });
      }}
    >
      <TextField label="Code" help="As the program shows it: eight letters" name="code" mono value={typed} onChange={setTyped} required autoFocus />
      <div className={styles['buttons']}>
        <Button type="submit" tone="primary">
          Next
        </Button>
      </div>
    </form>
  );
}

/** Shows who asks, and takes the decision. */
function Decide({ code }: { code: string }) {
  const me = useMe();
  const navigate = useNavigate();
  const path = { params: { path: { code } } };
  const asked = useQuery({
    queryKey: ['device', code],
    retry: false,
    staleTime: Infinity,
    queryFn: ({ signal }) => body(api.GET('/v1/login/device/{code}', { ...path, signal })),
  });
  const decide = useMutation({
    mutationFn: (verb: 'confirm' | 'refuse') =>
      verb === 'confirm' ? api.POST('/v1/login/device/{code}/confirm', path) : api.POST('/v1/login/device/{code}/refuse', path),
  });
  const again = (
    <Button onClick={() => void navigate({ to: '/device', search: {} })}>Another code</Button>
  );
  if (decide.isSuccess) {
    return (
      <div className={styles['card']}>
        <div role="status">
          {decide.variables === 'confirm' ? (
            <Notice tone="info" title="The program is let in">
              It goes on by itself; you can close this page. It is listed under API tokens, where you can take its access away.
            </Notice>
          ) : (
            <Notice tone="info" title="The program was refused">
              Whoever began it got no access.
            </Notice>
          )}
        </div>
      </div>
    );
  }
  if (asked.isPending) return <Waiting label="Looking for the program" />;
  if (asked.data === undefined) {
    return (
      <div className={styles['card']}>
        <div role="alert">
          <Notice tone="danger" title={Problem.of(asked.error).message} />
        </div>
        <div className={styles['buttons']}>{again}</div>
      </div>
    );
  }
  const { client, client_ip: from, is_elsewhere: elsewhere, asked_at: since, lasts_secs: lasts } = asked.data;
  return (
    <section className={styles['card']} aria-labelledby="who-asks">
      <h2 id="who-asks">{client}</h2>
      <dl>
        <dt>Code</dt>
        <dd className="mono">{code.toUpperCase()}</dd>
        <dt>Asks from</dt>
        <dd className="mono">{from}</dd>
        <dt>Since</dt>
        <dd>
          <Exact at={since} />
        </dd>
        <dt>Lasts</dt>
        <dd>{spelled(lasts)}</dd>
      </dl>
      {elsewhere && (
        <Notice tone="warn" title="It asks from another address than yours">
          That is so behind some networks, and also when somebody else has sent you the code.
        </Notice>
      )}
      <p>
        It will act as <strong>{me.person.name}</strong>. Confirm only what you have started yourself, and only when it shows this code.
      </p>
      <div aria-live="assertive">{decide.isError && <Notice tone="danger" title={Problem.of(decide.error).message} />}</div>
      <div className={styles['buttons']}>
        <Button tone="primary" busy={decide.isPending} onClick={() => decide.mutate('confirm')}>
          Confirm
        </Button>
        <Button tone="danger" disabled={decide.isPending} onClick={() => decide.mutate('refuse')}>
          Refuse
        </Button>
      </div>
    </section>
  );
}

function spelled(secs: number): string {
  const hours = Math.floor(secs / 3600);
  const minutes = Math.round((secs % 3600) / 60);
  const words = [hours === 0 ? '' : `${hours} h`, minutes === 0 ? '' : `${minutes} min`].filter((word) => word !== '');
  return words.length === 0 ? `${secs} s` : words.join(' ');
}
