import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { FileOp } from '../api/types';
import { absolute, bytes, clock, words } from '../format';
import { Button } from '../ui/Button';
import { Copy } from '../ui/Copy';
import { IconFile } from '../ui/icons';
import { Moment } from '../ui/Moment';
import { Nothing } from '../ui/Nothing';
import { SearchBox } from '../ui/SearchBox';
import { Tag } from '../ui/Tag';
import { Trouble } from '../ui/Trouble';
import { Waiting } from '../ui/Waiting';
import styles from './FileTable.module.css';

const OPS = ['upload', 'download', 'delete', 'rename', 'mkdir', 'rmdir', 'list'];
const PROTOCOLS = ['sftp', 'scp', 'rsync', 'web'];

const never = (): boolean => false;

interface Props {
  /** One session; without it, all that one may see. */
  id?: string;
  follow?: () => boolean;
  seek?: ((real: number) => void) | undefined;
}

/** What was done with files: sent, fetched, removed, renamed. */
export function FileTable({ id, follow = never, seek }: Props) {
  const [op, setOp] = useState('');
  const [protocol, setProtocol] = useState('');
  const [ok, setOk] = useState('');
  const [path, setPath] = useState('');
  const files = useInfiniteQuery({
    queryKey: ['files', id ?? '', op, protocol, ok, path],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: 200,
        ...(pageParam === null ? {} : { cursor: pageParam }),
        ...(op === '' ? {} : { op }),
        ...(protocol === '' ? {} : { protocol }),
        ...(ok === '' ? {} : { ok }),
        ...(path === '' ? {} : { path }),
      };
      return id === undefined
        ? body(api.GET('/v1/files', { params: { query }, signal }))
        : body(api.GET('/v1/sessions/{id}/files', { params: { path: { id }, query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: () => (follow() ? 5000 : false),
  });
  const rows: FileOp[] = files.data?.pages.flatMap((page) => page.files) ?? [];
  const filtered = op !== '' || protocol !== '' || ok !== '' || path !== '';
  return (
    <>
      <div className={styles['tools']}>
        <div className={styles['search']}>
          <SearchBox label="Search in paths" value={path} onChange={setPath} />
        </div>
        <Pick label="Operation" any="Any operation" value={op} onChange={setOp} values={OPS} />
        <Pick label="Protocol" any="Any protocol" value={protocol} onChange={setProtocol} values={PROTOCOLS} />
        <Pick label="Result" any="Any result" value={ok} onChange={setOk} values={['true', 'false']} names={['Succeeded', 'Failed']} />
      </div>
      {files.isPending ? (
        <Waiting label="Loading file activity" />
      ) : files.error !== null && rows.length === 0 ? (
        <Trouble error={files.error} retry={() => void files.refetch()} />
      ) : rows.length === 0 ? (
        <Nothing title={filtered ? 'Nothing found' : 'No files were touched'} icon={<IconFile size={26} stroke={1.4} />} />
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol className={styles['list']} tabIndex={0} aria-label="File activity">
          {rows.map((row, at) => (
            // The log only grows at its end.
            // oxlint-disable-next-line react/no-array-index-key
            <FileRow key={`${row.at}-${at}`} row={row} seek={seek} wide={id === undefined} />
          ))}
          {files.hasNextPage && (
            <li className={styles['more']}>
              <Button small busy={files.isFetchingNextPage} onClick={() => void files.fetchNextPage()}>
                Show more
              </Button>
            </li>
          )}
        </ol>
      )}
    </>
  );
}

function FileRow({ row, seek, wide }: { row: FileOp; seek: Props['seek']; wide: boolean }) {
  const failed = row.ok === false;
  return (
    <li className={styles['row']}>
      <div className={styles['line']}>
        {wide ? (
          <span className={styles['when']}>
            <Moment at={row.at} />
          </span>
        ) : seek === undefined ? (
          <time className={styles['when']} dateTime={row.at} title={absolute(Date.parse(row.at))}>
            {clock(row.t_ms)}
          </time>
        ) : (
          <button type="button" className={styles['seek']} title={absolute(Date.parse(row.at))} onClick={() => seek(row.t_ms)}>
            {clock(row.t_ms)}
          </button>
        )}
        <Tag tone={failed ? 'danger' : row.op === 'upload' || row.op === 'download' ? 'accent' : 'plain'}>{words(row.op)}</Tag>
        <code className={styles['path']}>
          {row.path}
          {row.to !== null && row.to !== '' && (
            <>
              {' '}
              <span className="muted">→</span> {row.to}
            </>
          )}
        </code>
      </div>
      <div className={styles['about']}>
        <span>{row.protocol.toUpperCase()}</span>
        {(row.bytes > 0 || row.op === 'upload' || row.op === 'download') && <span>{bytes(row.bytes)}</span>}
        {row.complete === false && <span>not complete</span>}
        {failed && <span className={styles['bad']}>{row.error ?? 'failed'}</span>}
        {row.sha256 !== null && row.sha256 !== '' && (
          <span className={styles['hash']} title={`SHA-256 ${row.sha256}`}>
            SHA-256 <code>{row.sha256.slice(0, 12)}…</code>
            <Copy text={row.sha256} what="SHA-256" />
          </span>
        )}
        {wide && (
          <Link to="/sessions/$id" params={{ id: row.session_id }} search={{ tab: 'files' }}>
            session {row.session_id.slice(0, 8)}
          </Link>
        )}
      </div>
    </li>
  );
}

interface PickProps {
  label: string;
  any: string;
  value: string;
  onChange(value: string): void;
  values: string[];
  names?: string[];
}

function Pick({ label, any, value, onChange, values, names }: PickProps) {
  return (
    <label>
      <span className="hidden-visually">{label}</span>
      <select className={styles['select']} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{any}</option>
        {values.map((one, at) => (
          <option key={one} value={one}>
            {names?.[at] ?? one}
          </option>
        ))}
      </select>
    </label>
  );
}
