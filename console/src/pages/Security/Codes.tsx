import { Button } from '../../ui/Button';
import { Copy } from '../../ui/Copy';
import { Notice } from '../../ui/Notice';
import styles from './Security.module.css';

/** Recovery codes, shown this one time. */
export function Codes({ codes, onDone }: { codes: string[]; onDone(): void }) {
  return (
    <div className={styles['form']}>
      <Notice tone="warn" title="Keep them now: they are not shown again" actions={<Copy text={codes.join('\n')} what="recovery codes" />}>
        Each works once, when you do not have your phone.
      </Notice>
      <ul className={styles['codes']} aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className={styles['buttons']}>
        <Button tone="primary" onClick={onDone}>
          I have kept them
        </Button>
      </div>
    </div>
  );
}
