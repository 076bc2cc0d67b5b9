import { Dialog } from '../ui/Dialog';
import styles from './Shortcuts.module.css';

const keys: [string[], string][] = [
  [['/'], 'Search in the list'],
  [['j', '↓'], 'Next row'],
  [['k', '↑'], 'Row before'],
  [['Enter'], 'Open the row'],
  [['x', 'Space'], 'Select the row'],
  [['r'], 'Refresh the list'],
  [['Esc'], 'Leave the search, or close a window'],
  [['Space'], 'Play or pause a recording'],
  [['←', '→'], 'Five seconds back or on'],
  [['[', ']'], 'Command before or after'],
  [['?'], 'This list'],
];

/** Every key that does something. */
export function Shortcuts({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard">
      <dl className={styles['keys']}>
        {keys.map(([names, words]) => (
          <div key={words}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
