import { useBlocker, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { title } from '../../format';
import { useTitle } from '../../layout/Page';
import { LockNotice } from '../../session/LockNotice';
import { BarButton, PortalBar } from '../../session/PortalBar';
import { StateMark } from '../../session/StateMark';
import { isOver, reasonWords } from '../../session/states';
import { useRunning } from '../../session/useRunning';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { IconExternal, IconPlay, IconPlus, IconPower, IconStop, IconX } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Gate } from '../FileManager/sections/Gate';
import type { SqlEditor } from './editor';
import { place } from './results';
import { Editor } from './sections/Editor';
import { OtherDatabase } from './sections/OtherDatabase';
import { Output } from './sections/Output';
import styles from './Sql.module.css';
import { useTab } from './useTab';

/** Tabs at most: each is a connection to the resource. */
const MOST = 8;

/** Statements on a resource, in the browser. Each tab is a connection and a session of its own. */
export function Sql() {
  const { resource } = useParams({ strict: false }) as { resource: string };
  const { account = '', database = '' } = useSearch({ strict: false }) as Record<string, string>;
  return <OnResource key={`${resource} ${account} ${database}`} resource={resource} account={account} database={database} />;
}

function OnResource({ resource, account, database }: { resource: string; account: string; database: string }) {
  useTitle(`${resource} · SQL`);
  const [tabs, setTabs] = useState([1]);
  const [front, setFront] = useState(1);
  const open = useRef(new Set<number>());
  const [leaving, setLeaving] = useState(false);
  const blocker = useBlocker({ shouldBlockFn: () => open.current.size > 0, withResolver: true, enableBeforeUnload: () => open.current.size > 0 });
  useEffect(() => setLeaving(blocker.status === 'blocked'), [blocker.status]);

  const add = () => {
    const next = Math.max(...tabs) + 1;
    setTabs([...tabs, next]);
    setFront(next);
  };
  const close = (one: number) => {
    const left = tabs.filter((other) => other !== one);
    open.current.delete(one);
    setTabs(left);
    if (front === one) setFront(left.at(-1) ?? 1);
  };
  const strip = (
    <div className={styles['tabs']} role="group" aria-label="Tabs">
      {tabs.map((one) => (
        <span key={one} className={styles['tab']} data-on={one === front || undefined}>
          <button type="button" aria-pressed={one === front} onClick={() => setFront(one)}>
            Tab {one}
          </button>
          {tabs.length > 1 && (
            <button type="button" aria-label={`Close tab ${one}`} onClick={() => close(one)}>
              <IconX size={12} aria-hidden />
            </button>
          )}
        </span>
      ))}
      <button type="button" className={styles['add']} aria-label="New tab" title="New tab: another connection" disabled={tabs.length >= MOST} onClick={add}>
        <IconPlus size={14} aria-hidden />
      </button>
    </div>
  );
  return (
    <div className={styles['page']}>
      {tabs.map((one) => (
        <div key={one} className={styles['holder']} hidden={one !== front}>
          <Connection resource={resource} account={account} database={database} strip={strip} inFront={one === front} opened={(is) => void (is ? open.current.add(one) : open.current.delete(one))} />
        </div>
      ))}
      <Dialog open={leaving} onClose={() => blocker.reset?.()} title="Leave the console?">
        <p>The sessions end when you leave; an open transaction is rolled back. What was recorded stays.</p>
        <div className={styles['buttons']}>
          <Button onClick={() => blocker.reset?.()}>Stay</Button>
          <Button tone="primary" onClick={() => blocker.proceed?.()}>
            End and leave
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

interface ConnectionProps {
  resource: string;
  account: string;
  database: string;
  strip: React.ReactNode;
  inFront: boolean;
  opened(is: boolean): void;
}

function Connection({ resource, account, database, strip, inFront, opened }: ConnectionProps) {
  const tab = useTab(resource, account, database);
  // Kept for as long as the page is: what is written may hold secrets, and browsers are shared.
  const text = useRef('');
  const [ran, setRan] = useState({ text: '', at: 0 });
  const editor = useRef<SqlEditor | null>(null);
  const record = useRunning(tab.session);
  const isOpen = tab.opening.state === 'open';
  const { over, run, disconnect } = tab;
  const { running, results } = run;

  const tell = useRef(opened);
  tell.current = opened;
  useEffect(() => {
    tell.current(isOpen);
  }, [isOpen]);
  // A tab that is closed ends its session.
  const end = useRef(disconnect);
  end.current = disconnect;
  useEffect(() => () => end.current(), []);
  useEffect(() => {
    if (record !== undefined && record.session_id === tab.session && isOver(record.state)) {
      over([title(reasonWords(record.end_reason) || 'ended'), record.end_message].filter((words) => words !== '').join(': '));
    }
  }, [record, tab.session, over]);
  useEffect(() => {
    if (inFront) editor.current?.focus();
  }, [inFront]);
  const wrong = results.find((one) => one.error !== null);
  useEffect(() => {
    const at = wrong === undefined ? null : place(ran.text, wrong);
    editor.current?.mark(at === null ? null : { from: at.from + ran.at, to: at.to + ran.at });
  }, [wrong, ran]);

  const start = (explain: '' | 'plan' | 'analyze') => {
    const wanted = editor.current?.wanted();
    if (wanted === undefined || wanted.text.trim() === '' || running || !isOpen) return;
    setRan(wanted);
    void tab.start(wanted.text, explain);
  };
  const use = (statement: string) => {
    editor.current?.set(statement);
    editor.current?.focus();
  };
  return (
    <>
      <PortalBar
        what={tab.database === '' ? 'SQL' : `SQL on ${tab.database}`}
        resource={resource}
        account={record?.account ?? account}
        state={
          <span className={styles['state']}>
            <span role="status" aria-label="State">
              <StateMark state={isOpen ? (record?.state ?? 'active') : tab.opening.state === 'opening' ? 'connecting' : record !== undefined && isOver(record.state) ? record.state : 'not_connected'} strong />
            </span>
            {isOpen && tab.transaction !== 'none' && (
              <span className={styles['transaction']} data-failed={tab.transaction === 'failed' || undefined}>
                {tab.transaction === 'failed' ? 'transaction failed: roll back' : 'transaction open'}
              </span>
            )}
          </span>
        }
        actions={
          <>
            {tab.session !== null && <BarButton label="Record" icon={<IconExternal size={15} aria-hidden />} onClick={() => window.open(`/sessions/${tab.session}`, '_blank', 'noopener')} />}
            {isOpen && <BarButton label="Disconnect" icon={<IconPower size={15} aria-hidden />} onClick={disconnect} />}
          </>
        }
      />
      <main className={styles['main']}>
        <div className={styles['tools']}>
          {strip}
          <div className={styles['run']}>
            <Menu
              label="Explain"
              button={
                <Button small disabled={!isOpen || running}>
                  Explain
                </Button>
              }
              entries={[
                { label: 'Show the plan', onClick: () => start('plan') },
                { label: 'Run, and show how it went', onClick: () => start('analyze') },
              ]}
            />
            {running ? (
              <Button small icon={<IconStop size={14} />} onClick={tab.cancel}>
                Cancel
              </Button>
            ) : (
              <Button small tone="primary" icon={<IconPlay size={14} />} disabled={!isOpen} title="Ctrl+Enter runs what is selected, or all" onClick={() => start('')}>
                Run
              </Button>
            )}
          </div>
        </div>
        {isOpen && record?.lock != null && (
          <div className={styles['banner']}>
            <LockNotice lock={record.lock} effect="No statement reaches the resource until the lock is lifted. One under way goes on." />
          </div>
        )}
        {tab.opening.state === 'open' || (tab.opening.state === 'ended' && results.length > 0) ? null : (
          <div className={styles['gate']}>
            <Gate opening={tab.opening} resource={resource} session={tab.session} open={(secret) => void tab.open(secret)} />
            {tab.opening.state === 'failed' && tab.opening.problem.status === 502 && <OtherDatabase resource={resource} account={account} tried={database} />}
          </div>
        )}
        {tab.opening.state === 'ended' && results.length > 0 && (
          <div className={styles['banner']}>
            <p className={styles['trouble']} role="alert">
              The session has ended: {tab.opening.words}{' '}
              <Button small onClick={() => void tab.open()}>
                Open again
              </Button>
            </p>
          </div>
        )}
        {(isOpen || results.length > 0) && (
          <>
            <Editor
              first={text.current}
              names={tab.names}
              speaks={{ kind: record?.resource.type ?? '', database: tab.database }}
              editor={editor}
              run={() => start('')}
              changed={(now) => {
                text.current = now;
              }}
            />
            <Output tab={tab} resource={resource} source={ran.text} use={use} />
          </>
        )}
        <p className={`muted ${styles['foot']}`}>Every statement and its result are in the record of this session.</p>
      </main>
    </>
  );
}
