import { useState } from 'react';
import { api, body } from '../../api/client';
import type { Factors } from '../../api/types';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Codes } from './Codes';
import styles from './Security.module.css';
import { WithCode } from './WithCode';

interface Props {
  factors: Factors;
  onChanged(): Promise<void>;
}

/** How many recovery codes are left, and new ones. */
export function RecoveryCodes({ factors, onChanged }: Props) {
  const [asking, setAsking] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const left = factors.recovery_codes;
  const close = () => {
    setCodes(null);
    void onChanged();
  };
  return (
    <section className={styles['section']} aria-labelledby="recovery">
      <h2 id="recovery">Recovery codes</h2>
      <p>
        {left === 0 ? 'None is left.' : left === 1 ? '1 is left.' : `${left} are left.`} Each works once in the place of a code of the app or a passkey.
      </p>
      <Button onClick={() => setAsking(true)}>Make new ones</Button>
      {asking && (
        <WithCode
          title="New recovery codes"
          action="Make new ones"
          act={(code) => body(api.POST('/v1/factors/recovery-codes', { body: { code } }))}
          onDone={(made) => {
            setAsking(false);
            setCodes(made.codes);
          }}
          onClose={() => setAsking(false)}
        >
          Those that you have stop working.
        </WithCode>
      )}
      <Dialog open={codes !== null} onClose={close} title="New recovery codes">
        {codes !== null && <Codes codes={codes} onDone={close} />}
      </Dialog>
    </section>
  );
}
