import type { ReactNode } from 'react';
import type { Session } from '../../../api/types';
import { openLog } from '../../../session/logWindow';
import { copyText } from '../../../ui/Copy';
import { IconCopy, IconList, IconPlay } from '../../../ui/icons';
import { toast } from '../../../ui/toast';
import styles from '../Sessions.module.css';
import { Launch } from './Launch';

/** Puts the id on the clipboard, and says so. */
export async function copyId(session: Session): Promise<void> {
  if (await copyText(session.session_id)) toast('Session ID copied');
  else toast('The browser does not let this page use the clipboard', true);
}

/** What can be done with one row without opening it. Plain buttons: a list draws many of them. */
export function RowActions({ session }: { session: Session }) {
  return (
    <span className={styles['rowactions']}>
      <Small label="Copy session ID (c)" onClick={() => void copyId(session)}>
        <IconCopy size={14} aria-hidden />
      </Small>
      <Small label="Event log in its own window (l)" onClick={() => openLog(session.session_id)}>
        <IconList size={14} aria-hidden />
      </Small>
      {session.state === 'available' && (
        <Launch session={session}>
          <IconPlay size={14} aria-hidden />
        </Launch>
      )}
    </span>
  );
}

function Small({ label, onClick, children }: { label: string; onClick(): void; children: ReactNode }) {
  return (
    <button type="button" tabIndex={-1} className={styles['small']} aria-label={label} title={label} onClick={onClick}>
      {children}
    </button>
  );
}
