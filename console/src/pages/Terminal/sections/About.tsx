import type { Session } from '../../../api/types';
import { Running } from '../../../session/Running';
import { Copy } from '../../../ui/Copy';
import { SwitchField } from '../../../ui/fields';
import { IconButton } from '../../../ui/IconButton';
import { IconMinus, IconPlus } from '../../../ui/icons';
import type { ScreenOptions } from '../screen';
import styles from '../Terminal.module.css';

export const FONT = { least: 9, most: 28, first: 14 };

interface Props {
  id: string | null;
  session: Session | undefined;
  resource: string;
  account: string;
  options: ScreenOptions;
  set(options: ScreenOptions): void;
}

/** Beside the terminal: what session this is, how it looks, and which keys are not the terminal's. */
export function About({ id, session, resource, account, options, set }: Props) {
  const size = (by: number) => set({ ...options, fontSize: Math.min(FONT.most, Math.max(FONT.least, options.fontSize + by)) });
  return (
    <aside className={styles['about']} aria-label="About this session">
      <dl>
        <dt>Session</dt>
        <dd className={styles['id']}>
          {id === null ? (
            <span className="muted">not yet</span>
          ) : (
            <>
              <a href={`/sessions/${id}`} target="_blank" rel="noreferrer" className="mono" title={id}>
                {id.slice(0, 13)}…
              </a>
              <Copy text={id} what="session ID" />
            </>
          )}
        </dd>
        <dt>Resource</dt>
        <dd>{resource}</dd>
        <dt>Account</dt>
        <dd>{account === '' ? <span className="muted">not yet</span> : account}</dd>
        <dt>Duration</dt>
        <dd>{session === undefined ? <span className="muted">–</span> : <Running session={session} />}</dd>
      </dl>
      <p className="muted">What is shown and done here is recorded, and can be watched.</p>
      <h2>Look</h2>
      <div className={styles['font']} role="group" aria-label="Size of letters">
        <span>Size of letters</span>
        <IconButton small label="Smaller letters" disabled={options.fontSize <= FONT.least} onClick={() => size(-1)}>
          <IconMinus size={15} />
        </IconButton>
        <span role="status" aria-label="Size of letters in pixels">
          {options.fontSize}
        </span>
        <IconButton small label="Larger letters" disabled={options.fontSize >= FONT.most} onClick={() => size(1)}>
          <IconPlus size={15} />
        </IconButton>
      </div>
      <SwitchField
        label="For screen readers"
        help="Reads out what appears, and lets a reader go through the lines"
        value={options.reader}
        onChange={(reader) => set({ ...options, reader })}
      />
      <h2>Keys</h2>
      <dl className={styles['keys']}>
        <dt>
          <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>Esc</kbd>
        </dt>
        <dd>
          leave the terminal, which has the Tab key (on Windows <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>F6</kbd>)
        </dd>
        <dt>
          <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>C</kbd>
        </dt>
        <dd>copy what is marked</dd>
        <dt>
          <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>V</kbd>
        </dt>
        <dd>paste</dd>
        <dt>
          <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>F</kbd>
        </dt>
        <dd>find</dd>
      </dl>
    </aside>
  );
}
