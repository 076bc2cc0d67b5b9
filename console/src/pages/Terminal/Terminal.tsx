import { useBlocker, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTitle } from '../../layout/Page';
import { BarButton, PortalBar } from '../../session/PortalBar';
import { LockNotice } from '../../session/LockNotice';
import { StateMark } from '../../session/StateMark';
import { isOver } from '../../session/states';
import { useRunning } from '../../session/useRunning';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { IconCopy, IconFolder, IconInfo, IconMaximize, IconPaste, IconPower, IconSearch } from '../../ui/icons';
import { useFullScreen } from '../../ui/useFullScreen';
import { useStored } from '../../ui/useStored';
import { useOnePane } from '../../ui/useWidth';
import { Waiting } from '../../ui/Waiting';
import type { ScreenOptions } from './screen';
import { About, FONT } from './sections/About';
import { EndBox } from './sections/EndBox';
import { FindBar } from './sections/FindBar';
import { PromptBox } from './sections/PromptBox';
import styles from './Terminal.module.css';
import { useTerminal } from './useTerminal';

/** A terminal on a resource, in the browser. Each opening is a session. */
export function Terminal() {
  const { resource } = useParams({ strict: false }) as { resource: string };
  const { account = '' } = useSearch({ strict: false }) as Record<string, string>;
  return <OnResource key={`${resource} ${account}`} resource={resource} wanted={account} />;
}

function OnResource({ resource, wanted }: { resource: string; wanted: string }) {
  useTitle(`${resource} · Terminal`);
  const [options, setOptions] = useStored<ScreenOptions>('terminal', { fontSize: FONT.first, reader: false });
  const [finding, setFinding] = useState(false);
  const narrow = useOnePane();
  const [about, setAbout] = useState(!narrow);
  const { full, toggle } = useFullScreen();
  const back = useRef<HTMLAnchorElement>(null);
  const terminal = useTerminal({
    resource,
    account: wanted,
    options,
    onLeave: () => back.current?.focus(),
    onFind: () => setFinding(true),
  });
  const { phase, prompt, end, screen } = terminal;
  const session = useRunning(terminal.session);
  const account = session?.account ?? wanted;
  const running = phase !== 'ended';

  // Another page would end the session: that is asked before.
  const blocker = useBlocker({ shouldBlockFn: () => running && terminal.session !== null, withResolver: true, enableBeforeUnload: () => running && terminal.session !== null });
  useEffect(() => setAbout(!narrow), [narrow]);

  return (
    <div className={styles['page']} data-full={full || undefined}>
      <PortalBar
        what="Terminal"
        resource={resource}
        account={account}
        backRef={back}
        state={
          <span role="status" aria-label="State">
            <StateMark state={phase === 'open' ? (session?.state ?? 'active') : phase === 'joining' ? 'connecting' : session !== undefined && isOver(session.state) ? session.state : 'not_connected'} strong />
          </span>
        }
        actions={
          <>
            <BarButton label="Find" icon={<IconSearch size={15} aria-hidden />} onClick={() => setFinding(true)} />
            <BarButton label="Copy" icon={<IconCopy size={15} aria-hidden />} onClick={() => void terminal.copy()} />
            <BarButton label="Paste" icon={<IconPaste size={15} aria-hidden />} onClick={() => void terminal.paste()} />
            <BarButton
              label="Files"
              icon={<IconFolder size={15} aria-hidden />}
              onClick={() => window.open(`/connect/${encodeURIComponent(resource)}/files${wanted === '' ? '' : `?account=${encodeURIComponent(wanted)}`}`, '_blank', 'noopener')}
            />
            <BarButton label="Full screen" pressed={full} icon={<IconMaximize size={15} aria-hidden />} onClick={toggle} />
            {narrow && <BarButton label="About" pressed={about} icon={<IconInfo size={15} aria-hidden />} onClick={() => setAbout(!about)} />}
            {running && <BarButton label="Disconnect" icon={<IconPower size={15} aria-hidden />} onClick={terminal.disconnect} />}
          </>
        }
      />
      <main className={styles['main']}>
        {/* Before the terminal, for Tab does not come out of it. */}
        {about && !full && <About id={terminal.session} session={session} resource={resource} account={account} options={options} set={setOptions} />}
        <div className={styles['stage']}>
          {running && session?.lock != null && (
            <LockNotice lock={session.lock} effect="What you type does not reach the resource. The terminal goes on when the lock is lifted." />
          )}
          <div className={styles['screen']}>
            {finding && (
              <FindBar
                screen={screen}
                onClose={() => {
                  setFinding(false);
                  screen.current?.focus();
                }}
              />
            )}
            <div ref={terminal.box} className={styles['xterm']} data-testid="terminal" />
            {phase === 'joining' && prompt === null && (
              <div className={styles['veil']}>
                <Waiting label={`Connecting to ${resource}`} />
              </div>
            )}
            {prompt !== null && (
              <div className={styles['veil']}>
                <PromptBox key={prompt.text} prompt={prompt} onAnswer={terminal.answer} onGiveUp={terminal.disconnect} />
              </div>
            )}
            {phase === 'ended' && end !== null && (
              <div className={styles['foot']}>
                <EndBox end={end} session={terminal.session} onAgain={terminal.open} />
              </div>
            )}
          </div>
          <p className={`muted ${styles['hint']}`}>
            Tab goes to the terminal. <kbd>Ctrl</kbd>+<kbd>Shift</kbd>+<kbd>Esc</kbd> leaves it.
          </p>
        </div>
      </main>
      <Dialog open={blocker.status === 'blocked'} onClose={() => blocker.reset?.()} title="Leave the terminal?">
        <p>The session ends when you leave. What was recorded stays.</p>
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
