import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import { Problem } from '../api/problem';
import type { Happening } from '../api/types';
import { absolute, timeOfDay } from '../format';
import { Button } from '../ui/Button';
import { TextField } from '../ui/fields';
import { IconButton } from '../ui/IconButton';
import { IconDownload, IconExternal, IconList } from '../ui/icons';
import { Nothing } from '../ui/Nothing';
import { SearchBox } from '../ui/SearchBox';
import { Tag, type TagTone } from '../ui/Tag';
import { toast } from '../ui/toast';
import { Trouble } from '../ui/Trouble';
import { Waiting } from '../ui/Waiting';
import { Changes } from './Changes';
import { logCsv } from './csv';
import { openLog } from './logWindow';
import styles from './LogView.module.css';

/** A log of more lines than 100 pages is cut. */
const MOST_PAGES = 100;

const tones: Record<string, TagTone> = { error: 'danger', warn: 'warn', info: 'info' };

/** The event log of a session: numbered, by level, searchable. */
export function LogView({ id, follow, ownWindow }: { id: string; follow: () => boolean; ownWindow: boolean }) {
  const [level, setLevel] = useState('');
  const [text, setText] = useState('');
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const iso = (local: string) => (local === '' ? undefined : new Date(local).toISOString());
  const log = useInfiniteQuery({
    queryKey: ['log', id, level, text, since, until],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET('/v1/sessions/{id}/events', {
          params: {
            path: { id },
            query: {
              limit: 500,
              ...(pageParam === null ? {} : { cursor: pageParam }),
              ...(level === '' ? {} : { level }),
              ...(text === '' ? {} : { text }),
              ...(since === '' ? {} : { since: iso(since) }),
              ...(until === '' ? {} : { until: iso(until) }),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => (follow() ? 5000 : false),
  });
  /** All lines that match, also those that are not on the page yet. */
  const saveCsv = async () => {
    let all = log;
    for (let page = 0; all.hasNextPage && page < MOST_PAGES; page += 1) all = await all.fetchNextPage();
    if (all.error !== null) toast(Problem.of(all.error).message, true);
    else logCsv(id, all.data?.pages.flatMap((page) => page.events) ?? []);
  };
  const lines: Happening[] = log.data?.pages.flatMap((page) => page.events) ?? [];
  const filtered = level !== '' || text !== '' || since !== '' || until !== '';
  return (
    <>
      <div className={styles['tools']}>
        <div className={styles['search']}>
          <SearchBox label="Search in the event log" value={text} onChange={setText} />
        </div>
        <label className={styles['level']}>
          <span className="hidden-visually">Level</span>
          <select value={level} onChange={(event) => setLevel(event.target.value)}>
            <option value="">All levels</option>
            <option value="debug">Debug</option>
            <option value="info">Info</option>
            <option value="warn">Warning</option>
            <option value="error">Error</option>
          </select>
        </label>
        {ownWindow && (
          <>
            <TextField type="datetime-local" label="From" value={since} onChange={setSince} />
            <TextField type="datetime-local" label="To" value={until} onChange={setUntil} />
          </>
        )}
        <IconButton label="Save as CSV" disabled={lines.length === 0} onClick={() => void saveCsv()}>
          <IconDownload size={16} />
        </IconButton>
        {!ownWindow && (
          <IconButton label="Open in its own window" onClick={() => openLog(id)}>
            <IconExternal size={16} />
          </IconButton>
        )}
      </div>
      {log.isPending ? (
        <Waiting label="Loading the event log" />
      ) : log.error !== null && lines.length === 0 ? (
        <Trouble error={log.error} retry={() => void log.refetch()} />
      ) : lines.length === 0 ? (
        <Nothing title={filtered ? 'Nothing found' : 'The log is empty'} icon={<IconList size={26} stroke={1.4} />} />
      ) : (
        // It scrolls, and holds nothing that the keyboard could stop at.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol className={styles['list']} tabIndex={0} aria-label="Event log">
          {lines.map((line) => (
            <li key={line.number}>
              <span className={styles['number']}>{line.number}</span>
              <time dateTime={line.at} title={absolute(Date.parse(line.at))}>
                {timeOfDay(Date.parse(line.at))}
              </time>
              <span>
                <Tag tone={tones[line.level] ?? 'plain'}>{line.level}</Tag>
              </span>
              <div className={styles['words']}>
                {line.message}
                <Changes changes={line.changes} />
              </div>
            </li>
          ))}
          {log.hasNextPage && (
            <li className={styles['more']}>
              <Button small busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                Show more
              </Button>
            </li>
          )}
        </ol>
      )}
    </>
  );
}
