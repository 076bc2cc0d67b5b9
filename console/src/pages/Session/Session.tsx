import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
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
import { useSession } from './useSession';

/** One session: what it is, what happened in it, and its screen. */
export function Session() {
  const { id } = useParams({ strict: false }) as { id: string };
  const session = useSession(id);
  if (session.isPending) return <Waiting label="Loading the session" />;
  if (session.data === undefined) return <Trouble page error={session.error} retry={() => void session.refetch()} />;
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
      ) : (
        <div className={styles['body']}>
          <div className={styles['stage']}>
            {picture.kind === 'live' ? (
              <LiveStage session={session} />
            ) : (
              <NoStage title={picture.title} words={picture.words} soon={picture.soon ?? false} />
            )}
          </div>
          <Side session={session} playback={null} />
        </div>
      )}
    </div>
  );
}

function Replay({ session }: { session: SessionItem }) {
  const search = useSearch({ strict: false }) as Record<string, string>;
  const at = search['t'] === undefined ? null : parseMoment(search['t']);
  const playback = usePlayback(session.session_id, { at, connection: search['connection'] ?? null });
  return (
    <div className={styles['body']}>
      <div className={styles['stage']}>
        <ReplayStage session={session} playback={playback} />
      </div>
      <Side session={session} playback={playback} />
    </div>
  );
}

function Side({ session, playback }: { session: SessionItem; playback: Playback | null }) {
  const search = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const go = useCallback(
    (tab: string) => void navigate({ to: '.', search: { ...search, tab }, replace: true }),
    [navigate, search],
  );
  const id = session.session_id;
  const follow = () => isMoving(session);
  const tabs: Tab[] = [
    { id: 'activity', title: 'Activity', content: <ActivityTab session={session} playback={playback} /> },
    { id: 'files', title: 'Files', content: <FileTable id={id} follow={follow} seek={playback?.seek} /> },
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
