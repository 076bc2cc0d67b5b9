import { count, bytes } from '../../../format';
import { Button } from '../../../ui/Button';
import { IconButton } from '../../../ui/IconButton';
import { IconBan, IconCheck, IconClock, IconRefresh, IconUpload, IconWarning, IconX } from '../../../ui/icons';
import styles from '../FileManager.module.css';
import type { Upload, Uploads, UploadState } from '../uploads';

const looks: Record<UploadState, [typeof IconCheck, string]> = {
  waiting: [IconClock, 'waits'],
  sending: [IconUpload, 'on its way'],
  asks: [IconWarning, 'exists already'],
  done: [IconCheck, 'arrived'],
  failed: [IconWarning, 'failed'],
  cancelled: [IconBan, 'not sent'],
};

/** Files on their way, with what can be done about each. */
export function UploadList({ uploads, list }: { uploads: Uploads; list: readonly Upload[] }) {
  if (list.length === 0) return null;
  const moving = list.filter((one) => one.state === 'waiting' || one.state === 'sending').length;
  const arrived = list.filter((one) => one.state === 'done').length;
  const asking = list.filter((one) => one.state === 'asks');
  const first = asking[0];
  return (
    <section className={styles['uploads']} aria-label="Uploads">
      <div className={styles['uploadhead']}>
        <strong role="status">
          {moving > 0 || asking.length > 0 ? `${count(arrived)} of ${count(list.length)} sent` : `${count(arrived)} ${arrived === 1 ? 'file' : 'files'} sent`}
        </strong>
        <span className={styles['space']} />
        {moving > 0 ? (
          <Button small onClick={() => uploads.cancelAll()}>
            Cancel all
          </Button>
        ) : (
          asking.length === 0 && (
            <IconButton small label="Clear the list of uploads" onClick={() => uploads.clear()}>
              <IconX size={15} />
            </IconButton>
          )
        )}
      </div>
      {first !== undefined && (
        <div className={styles['ask']} role="group" aria-label="Replace what exists?">
          <span role="alert">
            <code>{first.name}</code> exists already. Replace it?
          </span>
          <span className={styles['asked']}>
            <Button small tone="primary" onClick={() => uploads.answer(first.id, true, false)}>
              Replace
            </Button>
            <Button small onClick={() => uploads.answer(first.id, false, false)}>
              Skip
            </Button>
            {asking.length > 1 && (
              <>
                <Button small onClick={() => uploads.answer(first.id, true, true)}>
                  Replace all {count(asking.length)}
                </Button>
                <Button small onClick={() => uploads.answer(first.id, false, true)}>
                  Skip all
                </Button>
              </>
            )}
          </span>
        </div>
      )}
      <ul>
        {list.map((one) => (
          <Line key={one.id} upload={one} uploads={uploads} />
        ))}
      </ul>
    </section>
  );
}

function Line({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { id, name, size, sent, state, problem } = upload;
  const [Icon, word] = looks[state];
  const part = size === 0 ? 1 : sent / size;
  return (
    <li data-state={state}>
      <Icon size={15} aria-hidden />
      <span className={styles['cut']} title={upload.path}>
        {name}
      </span>
      <span className={`muted ${styles['sent']}`}>
        {state === 'sending' ? `${bytes(sent)} of ${bytes(size)}` : `${bytes(size)}, ${word}`}
        {problem !== null && `: ${problem.message} ${problem.hint ?? ''}`}
      </span>
      {state === 'sending' && <progress max={1} value={part} aria-label={`${name}: ${Math.round(part * 100)} %`} />}
      {(state === 'sending' || state === 'waiting') && (
        <IconButton small label={`Cancel ${name}`} onClick={() => uploads.cancel(id)}>
          <IconX size={14} />
        </IconButton>
      )}
      {state === 'failed' && (
        <IconButton small label={`Send ${name} again`} onClick={() => uploads.again(id)}>
          <IconRefresh size={14} />
        </IconButton>
      )}
    </li>
  );
}
