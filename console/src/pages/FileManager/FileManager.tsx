import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { title } from '../../format';
import { useTitle } from '../../layout/Page';
import { LockNotice } from '../../session/LockNotice';
import { BarButton, PortalBar } from '../../session/PortalBar';
import { Running } from '../../session/Running';
import { StateMark } from '../../session/StateMark';
import { isOver, reasonWords } from '../../session/states';
import { useRunning } from '../../session/useRunning';
import { IconExternal, IconPower, IconTerminal } from '../../ui/icons';
import styles from './FileManager.module.css';
import { Browser } from './sections/Browser';
import { Gate } from './sections/Gate';
import { parent } from './paths';
import { useFileSession } from './useFiles';

/** The files of a resource, in the browser. Each opening is a session. */
export function FileManager() {
  const { resource } = useParams({ strict: false }) as { resource: string };
  const { account = '' } = useSearch({ strict: false }) as Record<string, string>;
  return <OnResource key={`${resource} ${account}`} resource={resource} wanted={account} />;
}

function OnResource({ resource, wanted }: { resource: string; wanted: string }) {
  useTitle(`${resource} · Files`);
  const search = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const { opening, session, open, over, disconnect, heard } = useFileSession(resource, wanted);
  const record = useRunning(session?.id ?? null);
  const isOpen = opening.state === 'open' && session !== null;
  const query = wanted === '' ? '' : `?account=${encodeURIComponent(wanted)}`;

  useEffect(() => {
    if (record !== undefined && record.session_id === session?.id && isOver(record.state)) {
      over([title(reasonWords(record.end_reason) || 'ended'), record.end_message].filter((text) => text !== '').join(': '));
    }
  }, [record, session?.id, over]);

  const go = (path: string) => {
    const to = path.endsWith('/..') ? parent(path.slice(0, -3)) : path;
    void navigate({ to: '.', search: { ...search, path: to } });
  };
  return (
    <div className={styles['page']}>
      <PortalBar
        what="Files"
        resource={resource}
        account={record?.account ?? wanted}
        state={
          <span className={styles['state']}>
            <span role="status" aria-label="State">
              <StateMark state={isOpen ? (record?.state ?? 'active') : opening.state === 'opening' ? 'connecting' : record !== undefined && isOver(record.state) ? record.state : 'not_connected'} strong />
            </span>
            {isOpen && record !== undefined && (
              <span className="muted">
                <Running session={record} />
              </span>
            )}
          </span>
        }
        actions={
          <>
            <BarButton
              label="Terminal"
              icon={<IconTerminal size={15} aria-hidden />}
              onClick={() => window.open(`/connect/${encodeURIComponent(resource)}/terminal${query}`, '_blank', 'noopener')}
            />
            {session !== null && (
              <BarButton label="Record" icon={<IconExternal size={15} aria-hidden />} onClick={() => window.open(`/sessions/${session.id}`, '_blank', 'noopener')} />
            )}
            {isOpen && <BarButton label="Disconnect" icon={<IconPower size={15} aria-hidden />} onClick={disconnect} />}
          </>
        }
      />
      <main className={styles['main']}>
        {isOpen && record?.lock != null && (
          <div className={styles['banner']}>
            <LockNotice lock={record.lock} effect="Nothing can be done with the files until the lock is lifted. A transfer under way goes on after it." />
          </div>
        )}
        {isOpen ? (
          <Browser key={session.id} session={session.id} home={session.home} path={search['path'] ?? session.home} go={go} heard={heard} />
        ) : (
          <div className={styles['gate']}>
            <Gate opening={opening} resource={resource} session={session?.id ?? null} open={(secret) => void open(secret)} />
          </div>
        )}
        <p className={`muted ${styles['foot']}`}>Every transfer and change is in the record of this session.</p>
      </main>
    </div>
  );
}
