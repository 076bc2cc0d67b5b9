import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Session as SessionItem } from '../../api/types';
import { parseMoment } from '../../format';
import { useTitle } from '../../layout/Page';
import { LogView } from '../../session/LogView';
import { FileTable } from '../../session/FileTable';
import { whoText } from '../../session/Who';
import { isMoving } from '../../session/states';
import { Tabs, type Tab } from '../../ui/Tabs';
import { Trouble } from '../../ui/Trouble';
import { Waiting } from '../../ui/Waiting';
import { pictureOf } from './picture';
import { ActivityTab } from './sections/ActivityTab';
import { Banners } from './sections/Banners';
import { Header } from './sections/Header';
import { InfoTab } from './sections/InfoTab';
import { LiveStage } from './sections/LiveStage';
import { Metrics } from './sections/Metrics';
import { NoStage } from './sections/NoStage';
import { ReplayStage } from './sections/ReplayStage';
import { TimelineTab } from './sections/TimelineTab';
import styles from './Session.module.css';
import { usePlayback, type Playback } from './usePlayback';
import { isLost, useSession } from './useSession';

/** One session: what it is, what happened in it, and its screen. */
export function Session() {
  const { id } = useParams({ strict: false }) as { id: string };
  const session = useSession(id);
  if (session.isPending) return <Waiting page label="Loading the session" />;
  // Whoever may look no longer, as a share was taken back, keeps nothing of it on the page.
  if (session.data === undefined || isLost(session.error)) return <Trouble page error={session.error} retry={() => void session.refetch()} />;
  return <Detail key={session.data.session_id} session={session.data} put={session.put} />;
}

function Detail({ session, put }: { session: SessionItem; put(session: SessionItem): void }) {
  useTitle(whoText(session));
  const picture = pictureOf(session);
  return (
    <div className={styles['page']}>
      <Header session={session} live={picture.kind === 'live'} put={put} />
      <Banners session={session} />
      <Metrics session={session} />
      {picture.kind === 'replay' ? (
        <Replay session={session} />
      ) : picture.kind === 'live' ? (
        <Live session={session} />
      ) : (
        <div className={styles['body']} data-record={picture.record || undefined}>
          <div className={styles['stage']}>
            <NoStage title={picture.title} words={picture.words} soon={picture.soon ?? false} line={picture.record ?? false} removed={picture.removed ?? null} />
          </div>
          <Side session={session} seek={undefined} playback={null} />
        </div>
      )}
    </div>
  );
}

/** The moment that the address names, and in which connection's recording. */
function useLink(): { at: number | null; connection: string | null } {
  const search = useSearch({ strict: false }) as Record<string, string>;
  return { at: search['t'] === undefined ? null : parseMoment(search['t']), connection: search['connection'] ?? null };
}

function Replay({ session }: { session: SessionItem }) {
  const playback = usePlayback(session.session_id, useLink());
  return (
    <div className={styles['body']}>
      <div className={styles['stage']}>
        <ReplayStage session={session} playback={playback} />
      </div>
      <Side session={session} seek={playback.seek} playback={playback} />
    </div>
  );
}

/** A look back while the session goes on; each look reads the recording anew. */
interface Look {
  at: number;
  connection: string | null;
  opened: number;
}

/** The session as it runs, or an earlier moment of it. */
function Live({ session }: { session: SessionItem }) {
  const link = useLink();
  const [look, setLook] = useState<Look | null>(() => (link.at === null ? null : { at: link.at, connection: link.connection, opened: 1 }));
  const rewind = useCallback(
    (at: number, connection?: string) => setLook((old) => ({ at: Math.max(0, at), connection: connection ?? null, opened: (old?.opened ?? 0) + 1 })),
    [],
  );
  const goLive = useCallback(() => setLook(null), []);
  if (look !== null) return <LookBack key={look.opened} session={session} look={look} goLive={goLive} />;
  return (
    <div className={styles['body']}>
      <div className={styles['stage']}>
        <LiveStage session={session} rewind={rewind} />
      </div>
      <Side session={session} seek={rewind} playback={null} />
    </div>
  );
}

function LookBack({ session, look, goLive }: { session: SessionItem; look: Look; goLive(): void }) {
  const playback = usePlayback(session.session_id, { ...look, atEnd: goLive });
  return (
    <div className={styles['body']}>
      <div className={styles['stage']}>
        <ReplayStage session={session} playback={playback} goLive={goLive} />
      </div>
      <Side session={session} seek={playback.seek} playback={playback} />
    </div>
  );
}

interface SideProps {
  session: SessionItem;
  /** Leads the picture to a moment. */
  seek: ((real: number, connection?: string) => void) | undefined;
  playback: Playback | null;
}

function Side({ session, seek, playback }: SideProps) {
  const search = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const go = useCallback(
    (tab: string) => void navigate({ to: '.', search: { ...search, tab }, replace: true }),
    [navigate, search],
  );
  const id = session.session_id;
  const follow = () => isMoving(session);
  const tabs: Tab[] = [
    { id: 'activity', title: 'Activity', content: <ActivityTab session={session} seek={seek} playback={playback} /> },
    { id: 'files', title: 'Files', content: <FileTable id={id} follow={follow} seek={seek} /> },
    { id: 'timeline', title: 'Timeline', content: <TimelineTab session={session} /> },
    { id: 'info', title: 'Information', content: <InfoTab session={session} /> },
    { id: 'log', title: 'Event log', content: <LogView id={id} follow={follow} ownWindow={false} /> },
  ];
  const tab = tabs.some((one) => one.id === search['tab']) ? (search['tab'] ?? '') : session.error === null ? 'activity' : 'info';
  return (
    <aside className={styles['side']} aria-label="What happened">
      <Tabs label="About this session" tabs={tabs} value={tab} onChange={go} />
    </aside>
  );
}
