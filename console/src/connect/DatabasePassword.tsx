import { useState } from 'react';
import { api, body } from '../api/client';
import { Problem } from '../api/problem';
import type { components } from '../api/schema';
import { Button } from '../ui/Button';
import { Command } from '../ui/Command';
import { IconKey } from '../ui/icons';
import { Moment } from '../ui/Moment';
import { Notice } from '../ui/Notice';
import styles from './DatabasePassword.module.css';

type Made = components['schemas']['DatabasePasswordView'];

/** A password for clients of a database that lasts an hour, made when it is asked for and shown once. */
export function DatabasePassword({ resource, account }: { resource: string; account: string }) {
  const [made, setMade] = useState<Made | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      setMade(await body(api.POST('/v1/database-passwords', { body: { resource, ...(account === '' ? {} : { account }) } })));
    } catch (thrown) {
      setTrouble(Problem.of(thrown).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles['password']} aria-label="A password for clients">
      <p className="muted">Clients of PostgreSQL and MySQL prove that they know it and do not send it. It is for this resource only, lasts an hour, and is taken away among the API tokens.</p>
      {trouble !== null && <Notice tone="danger" title={trouble} />}
      {made === null ? (
        <Button icon={<IconKey size={15} />} busy={busy} onClick={() => void make()}>
          Make a password
        </Button>
      ) : (
        <dl role="status">
          <dt>Password</dt>
          <dd>
            <Command line={made.password} what="password" />
            <span className="muted">
              shown once; ends <Moment at={made.expires_at} />
            </span>
          </dd>
          {made.connections.map((one) => (
            <div key={one.resource}>
              <dt>Command</dt>
              <dd>
                <Command line={one.command} />
              </dd>
              <dt>Address, with the password</dt>
              <dd>
                <Command line={one.address} what="address" />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
