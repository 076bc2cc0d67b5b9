import { lazy, Suspense, useState } from 'react';
import { useMe } from '../../../api/me';
import type { Session, Verb } from '../../../api/types';
import { Problem } from '../../../api/problem';
import { LARGE, leaveToBrowser, saveFile } from '../../../api/save';
import { OrderDialog } from '../../../session/OrderDialog';
import { openLog } from '../../../session/logWindow';
import type { OrderVerb } from '../../../session/orders';
import { Button } from '../../../ui/Button';
import { copyText } from '../../../ui/Copy';
import { IconButton } from '../../../ui/IconButton';
import {
  IconBan,
  IconClock,
  IconCopy,
  IconDots,
  IconDownload,
  IconExternal,
  IconHistory,
  IconLink,
  IconLock,
  IconLockOpen,
  IconPower,
  IconStop,
  IconUsers,
} from '../../../ui/icons';
import { Menu, type MenuEntry } from '../../../ui/Menu';
import { toast } from '../../../ui/toast';
import styles from '../Session.module.css';

// Asked for by few.
const ShareDialog = lazy(() => import('./ShareDialog'));

/** Forms in which a recording can be taken out, by medium. */
const EXPORTS: Record<string, [string, string][]> = {
  terminal: [
    ['asciicast', 'Recording (asciicast v3)'],
    ['txt', 'Text'],
    ['json', 'Activity as JSON'],
    ['csv', 'Activity as CSV'],
    ['tape', 'Signed tape, for verification'],
    ['bundle', 'Everything, as a signed archive'],
  ],
  statements: [
    ['json', 'Statements as JSON'],
    ['csv', 'Statements as CSV'],
    ['queries:jsonl', 'Query log as lines of JSON'],
    ['queries:csv', 'Query log as CSV'],
    ['tape', 'Signed tape, for verification'],
    ['bundle', 'Everything, as a signed archive'],
  ],
  raw: [
    ['json', 'Connection log as JSON'],
    ['csv', 'Connection log as CSV'],
    ['tape', 'Signed tape, for verification'],
    ['bundle', 'Everything, as a signed archive'],
  ],
};

/** How files of a form end, where that is not the form's name. */
const ENDINGS: Record<string, string> = { asciicast: 'cast', bundle: 'tar' };

async function copy(text: string, what: string): Promise<void> {
  if (await copyText(text)) toast(`${what} copied`);
  else toast('The browser does not let this page use the clipboard', true);
}

/** What has a button of its own. */
const ORDERS: Verb[] = ['unlock', 'lock', 'terminate', 'cancel'];

const addressOf = (id: string, form: string): string => (form.startsWith('queries:') ? `/v1/query-log?session=${id}&as=${form.slice(8)}` : `/v1/sessions/${id}/export?as=${form}`);

/** Takes a session out as a file; what forbids it is said on the page. */
async function take(session: Session, form: string): Promise<void> {
  const path = addressOf(session.session_id, form);
  const ending = ENDINGS[form] ?? form.replace('queries:', 'queries.');
  const name = `${session.session_id}.${ending}`;
  if (session.bytes_up + session.bytes_down > LARGE) {
    leaveToBrowser(path, name);
    return;
  }
  try {
    await saveFile(path, name);
  } catch (thrown) {
    const { message, hint } = Problem.of(thrown);
    toast(`Not downloaded: ${message}${hint === null ? '' : `. ${hint}`}`, true);
  }
}

/** Lock, terminate and all else that can be done with a session. */
export function Actions({ session, put }: { session: Session; put(session: Session): void }) {
  const me = useMe();
  const [verb, setVerb] = useState<OrderVerb | null>(null);
  const [sharing, setSharing] = useState(false);
  const can = (one: Verb) => session.authorized_actions.includes(one);
  const id = session.session_id;
  const ask = (one: OrderVerb) => () => setVerb(one);

  const entries: MenuEntry[] = [];
  if (can('extend')) entries.push({ label: 'Extend…', icon: <IconClock size={16} />, onClick: ask('extend') });
  if (can('share')) entries.push({ label: 'Share…', icon: <IconUsers size={16} />, onClick: () => setSharing(true) });
  if (can('hold')) entries.push({ label: 'Hold the recording…', icon: <IconLock size={16} />, onClick: ask('hold') });
  if (can('release')) entries.push({ label: 'Release the recording…', icon: <IconLockOpen size={16} />, onClick: ask('release') });
  if (can('cancel')) entries.push({ label: 'End…', icon: <IconPower size={16} />, onClick: ask('cancel') });
  entries.push(
    { label: 'Copy session ID', icon: <IconCopy size={16} />, onClick: () => void copy(id, 'Session ID') },
    {
      label: 'Copy link',
      icon: <IconLink size={16} />,
      onClick: () => void copy(`${location.origin}/sessions/${id}`, 'Link'),
    },
    { label: 'Audit log of this session', icon: <IconHistory size={16} />, href: `/audit?session=${id}` },
    {
      label: 'Event log in its own window',
      icon: <IconExternal size={16} />,
      onClick: () => openLog(id),
    },
  );
  if (can('export') && !me.downloads_enabled) {
    entries.push({ label: 'Switched off by DISABLE_SESSIONS_DOWNLOAD', icon: <IconBan size={16} />, disabled: true, section: 'Download' });
  }
  if (can('export') && me.downloads_enabled) {
    (EXPORTS[session.medium] ?? EXPORTS['terminal'] ?? []).forEach(([form, label], at) =>
      entries.push({
        label,
        icon: <IconDownload size={16} />,
        href: addressOf(id, form),
        onClick: () => void take(session, form),
        ...(at === 0 ? { section: 'Download' } : {}),
      }),
    );
  }

  return (
    <div className={styles['actions']} data-orders={ORDERS.some(can) || undefined}>
      {can('unlock') && (
        <Button tone="primary" icon={<IconLockOpen size={15} />} onClick={ask('unlock')}>
          Unlock
        </Button>
      )}
      {can('lock') && !can('unlock') && (
        <Button icon={<IconLock size={15} />} onClick={ask('lock')}>
          Lock
        </Button>
      )}
      {can('terminate') && (
        <Button tone="danger" icon={<IconStop size={13} />} onClick={ask('terminate')}>
          Terminate
        </Button>
      )}
      {!can('terminate') && can('cancel') && (
        <Button icon={<IconPower size={15} />} onClick={ask('cancel')}>
          End
        </Button>
      )}
      <Menu
        label="More"
        inPlace
        button={
            <IconButton label="More">
              <IconDots size={18} />
            </IconButton>
        }
        entries={entries}
      />
      {sharing && (
        <Suspense>
          <ShareDialog session={id} onClose={() => setSharing(false)} />
        </Suspense>
      )}
      <OrderDialog
        verb={verb}
        sessions={[session]}
        onClose={() => setVerb(null)}
        onDone={(changed) => {
          for (const one of changed) put(one);
        }}
      />
    </div>
  );
}
