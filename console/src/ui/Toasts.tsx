import { useSyncExternalStore } from 'react';
import { IconButton } from './IconButton';
import { IconCheck, IconWarning, IconX } from './icons';
import { dismiss, toastStore } from './toast';
import styles from './Toasts.module.css';

/** Where short messages appear; read out as they come. */
export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.get);
  return (
    <div className={styles['stack']} role="status" aria-live="polite" aria-label="Messages">
      {toasts.map((one) => (
        <div key={one.id} className={`${styles['toast']} ${one.bad ? styles['bad'] : ''}`}>
          <span aria-hidden>{one.bad ? <IconWarning size={17} /> : <IconCheck size={17} />}</span>
          <span className={styles['text']}>{one.text}</span>
          <IconButton label="Close message" small onClick={() => dismiss(one.id)}>
            <IconX size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
