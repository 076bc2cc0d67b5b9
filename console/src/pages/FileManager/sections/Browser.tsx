import { useEffect, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import { changeFile, contentPath, type FileLine } from '../../../api/portal';
import type { Problem } from '../../../api/problem';
import { LARGE, leaveToBrowser, saveFile } from '../../../api/save';
import { count } from '../../../format';
import { nextSort, parseSort, writeSort } from '../../../list/column';
import { DataList } from '../../../list/DataList';
import { useLayout } from '../../../list/useLayout';
import { useSelection } from '../../../list/useSelection';
import { Button } from '../../../ui/Button';
import { IconDownload, IconFolder, IconFolderPlus, IconFolderUp, IconPencil, IconTrash, IconUpload } from '../../../ui/icons';
import { Nothing } from '../../../ui/Nothing';
import { toast } from '../../../ui/toast';
import { Trouble } from '../../../ui/Trouble';
import { useStored } from '../../../ui/useStored';
import { Waiting } from '../../../ui/Waiting';
import { columns } from '../columns';
import styles from '../FileManager.module.css';
import { dropped, gather, gatherChosen } from '../gather';
import { inOrder } from '../order';
import { join } from '../paths';
import { useFolder } from '../useFiles';
import { useUploads } from '../useUploads';
import { EntryCard } from './EntryCard';
import { NameDialog } from './NameDialog';
import { PathBar } from './PathBar';
import { RemoveDialog } from './RemoveDialog';
import { UploadList } from './UploadList';

const DOWN_FIRST = new Set(['size', 'modified']);

interface Props {
  session: string;
  home: string;
  path: string;
  go(path: string): void;
  /** Tells the page of what was refused; gives it as a problem. */
  heard(thrown: unknown): Problem;
}

type Asked = { what: 'folder' } | { what: 'rename'; entry: FileLine } | { what: 'remove'; entries: FileLine[] };

/** Says why a file did not come. */
function refusedFile(name: string, problem: Problem): void {
  toast(`${name} was not fetched: ${problem.message}${problem.hint === null ? '' : `. ${problem.hint}`}`, true);
}

/** A folder: what is in it, and all that can be done with it. */
export function Browser({ session, home, path, go, heard }: Props) {
  const folder = useFolder(session, path);
  const here = folder.path ?? path;
  const [sortText, setSort] = useStored('portal-files.sort', 'name:asc');
  const sort = parseSort(sortText);
  const rows = useMemo(() => inOrder(folder.entries, parseSort(sortText)), [folder.entries, sortText]);
  const layout = useLayout('portal-files', columns);
  const selection = useSelection();
  const memory = useMemo(() => ({ path, top: 0, active: null as string | null }), [path]);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [over, setOver] = useState(false);
  /** Counts what the page itself has made, so that the list stands on it. */
  const [made, setMade] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const latest = useRef(heard);
  latest.current = heard;
  const { uploads, list, send } = useUploads(session, () => void folder.refresh(), heard);
  const { clear } = selection;
  useEffect(() => clear(), [path, clear]);
  const { error } = folder;
  useEffect(() => {
    if (error !== null) latest.current(error);
  }, [error]);
  /** Who goes by keyboard stays in the list. */
  const follows = useRef(false);
  const goTo = (to: string) => {
    follows.current = document.activeElement?.getAttribute('role') === 'grid';
    go(to);
  };
  useEffect(() => {
    if (folder.loading || !follows.current) return;
    follows.current = false;
    stage.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
  }, [folder.loading, path]);

  const picked = rows.filter((row) => selection.picked.has(row.name));
  /** What an order is about: what is ticked, or else the row one stands on. */
  const meant = (): FileLine[] => {
    if (picked.length > 0) return picked;
    const active = rows.find((row) => row.name === memory.active);
    return active === undefined ? [] : [active];
  };
  const change = async (verb: Parameters<typeof changeFile>[1], body: Parameters<typeof changeFile>[2]): Promise<Problem | null> => {
    try {
      await changeFile(session, verb, body);
      return null;
    } catch (thrown) {
      return heard(thrown);
    }
  };
  const download = async (entries: FileLine[]) => {
    const files = entries.filter((entry) => entry.kind !== 'folder');
    if (files.length < entries.length) toast('Folders cannot be downloaded: open them and pick the files', true);
    for (const file of files) {
      const content = contentPath(session, join(here, file.name));
      if ((file.size ?? 0) > LARGE) leaveToBrowser(content, file.name);
      else await saveFile(content, file.name).catch((thrown: unknown) => refusedFile(file.name, heard(thrown)));
    }
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    // What an event holds can be asked for only while it is handled.
    await send(here, rows, await gather(dropped(event.dataTransfer)));
  };
  const openRow = (row: FileLine) => {
    if (row.kind === 'folder' || row.kind === 'link') goTo(join(here, row.name));
    else void download([row]);
  };
  const ask = (what: 'rename' | 'remove') => {
    const entries = meant();
    const [entry] = entries;
    if (entry === undefined) return;
    if (what === 'remove') setAsked({ what, entries });
    else if (entries.length === 1) setAsked({ what, entry });
  };
  const press = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      Backspace: () => goTo(join(here, '..')),
      Delete: () => ask('remove'),
      F2: () => ask('rename'),
      ...(event.ctrlKey || event.metaKey ? { a: () => selection.toggle(rows.map((row) => row.name), true) } : {}),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const standOn = async (name: string) => {
    await folder.refresh();
    memory.active = name;
    setMade((n) => n + 1);
  };
  const back = () => setAsked(null);
  const asking = asked !== null;
  const hasAsked = useRef(false);
  useEffect(() => {
    if (hasAsked.current && !asking) stage.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
    hasAsked.current = asking;
  }, [asking]);

  return (
    <div
      ref={stage}
      className={styles['browser']}
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => void drop(event)}
    >
      <PathBar path={here} home={home} go={go} refresh={() => void folder.refresh()} />
      <div className={styles['tools']}>
        <Button small tone="primary" icon={<IconUpload size={15} />} onClick={() => input.current?.click()}>
          Upload
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={(event) => {
            void send(here, rows, gatherChosen([...(event.target.files ?? [])]));
            event.target.value = '';
          }}
        />
        <Button small icon={<IconFolderUp size={15} />} onClick={() => folderInput.current?.click()}>
          Upload folder
        </Button>
        <input
          ref={folderInput}
          type="file"
          multiple
          hidden
          aria-label="Folder to upload"
          {...{ webkitdirectory: '' }}
          onChange={(event) => {
            void send(here, rows, gatherChosen([...(event.target.files ?? [])]));
            event.target.value = '';
          }}
        />
        <Button small icon={<IconFolderPlus size={15} />} onClick={() => setAsked({ what: 'folder' })}>
          New folder
        </Button>
        <span className={styles['bar']} aria-hidden />
        <Button small icon={<IconDownload size={15} />} disabled={picked.length === 0} onClick={() => void download(picked)}>
          Download
        </Button>
        <Button small icon={<IconPencil size={15} />} disabled={picked.length !== 1} aria-keyshortcuts="F2" onClick={() => ask('rename')}>
          Rename
        </Button>
        <Button small icon={<IconTrash size={15} />} disabled={picked.length === 0} aria-keyshortcuts="Delete" onClick={() => ask('remove')}>
          Delete
        </Button>
        <span role="status" className={`muted ${styles['total']}`}>
          {folder.loading ? '' : picked.length > 0 ? `${count(picked.length)} of ${count(rows.length)} picked` : `${count(rows.length)}${folder.more ? '+' : ''} ${rows.length === 1 ? 'entry' : 'entries'}`}
        </span>
      </div>
      <div className={styles['list']}>
        {folder.loading ? (
          <Waiting label="Reading the folder" />
        ) : folder.error !== null && rows.length === 0 ? (
          <Trouble error={folder.error} retry={() => void folder.refresh()} />
        ) : (
          <DataList
            key={`${path} ${made}`}
            label={`Files in ${here}`}
            rows={rows}
            layout={layout}
            keyOf={(row) => row.name}
            nameOf={(row) => row.name}
            sort={sort}
            onSort={(field) => setSort(writeSort(nextSort(sort, field, DOWN_FIRST.has(field))))}
            selection={selection}
            total={folder.more ? null : rows.length}
            memory={memory}
            onKey={press}
            onOpen={(row, event) => {
              // A click on a file picks it; only Enter and the button fetch it.
              if (event !== undefined && row.kind !== 'folder' && row.kind !== 'link') selection.toggle([row.name], !selection.picked.has(row.name));
              else openRow(row);
            }}
            card={(row) => <EntryCard entry={row} />}
            cardHeight={54}
            empty={
              <Nothing title="This folder is empty" icon={<IconFolder size={28} stroke={1.4} />}>
                Drop files or folders here, or upload them.
              </Nothing>
            }
          />
        )}
      </div>
      <UploadList uploads={uploads} list={list} />
      {over && (
        <div className={styles['drop']} aria-hidden>
          Drop to upload into {here}
        </div>
      )}
      {asked?.what === 'folder' && (
        <NameDialog
          title={`New folder in ${here}`}
          does="Make folder"
          first=""
          onClose={back}
          onName={async (name) => {
            const problem = await change('mkdir', { path: join(here, name) });
            if (problem === null) {
              toast(`Folder ${name} made`);
              await standOn(name);
            }
            return problem;
          }}
        />
      )}
      {asked?.what === 'rename' && (
        <NameDialog
          title={`Rename ${asked.entry.name}`}
          does="Rename"
          first={asked.entry.name}
          onClose={back}
          onName={async (name) => {
            const problem = await change('rename', { path: join(here, asked.entry.name), to: join(here, name) });
            if (problem === null) {
              toast(`${asked.entry.name} is now ${name}`);
              clear();
              await standOn(name);
            }
            return problem;
          }}
        />
      )}
      {asked?.what === 'remove' && (
        <RemoveDialog
          entries={asked.entries}
          folder={here}
          onClose={back}
          onDone={() => {
            clear();
            void folder.refresh();
          }}
          onRemove={(entry) => change('remove', { path: join(here, entry.name), recursive: entry.kind === 'folder' })}
        />
      )}
    </div>
  );
}
