import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../../ui/IconButton';
import { IconArrowUp, IconChevronRight, IconHome, IconPencil, IconRefresh } from '../../../ui/icons';
import styles from '../FileManager.module.css';
import { crumbs } from '../paths';

interface Props {
  path: string;
  home: string;
  go(path: string): void;
  refresh(): void;
}

/** Where one is, as steps to click or as a line to type. */
export function PathBar({ path, home, go, refresh }: Props) {
  const [editing, setEditing] = useState(false);
  const steps = crumbs(path);
  const way = useRef<HTMLElement>(null);
  // Where there is no room for all of it, the end is what counts.
  useEffect(() => {
    if (way.current !== null) way.current.scrollLeft = way.current.scrollWidth;
  }, [path, editing]);
  return (
    <div className={styles['pathbar']}>
      <IconButton label="Folder above" disabled={path === '/'} onClick={() => go(steps.at(-2)?.path ?? '/')}>
        <IconArrowUp size={17} />
      </IconButton>
      <IconButton label={`Home folder, ${home}`} onClick={() => go(home)}>
        <IconHome size={17} />
      </IconButton>
      {editing ? (
        <PathInput
          path={path}
          onDone={(to) => {
            setEditing(false);
            if (to !== null && to !== path) go(to);
          }}
        />
      ) : (
        <nav ref={way} aria-label="Folders above" className={styles['crumbs']}>
          <ol>
            {steps.map((step, at) => (
              <li key={step.path}>
                {at > 1 && <IconChevronRight size={13} aria-hidden />}
                {at === steps.length - 1 ? (
                  <button type="button" aria-current="page" title="Type a path" onClick={() => setEditing(true)}>
                    {step.name}
                  </button>
                ) : (
                  <button type="button" onClick={() => go(step.path)}>
                    {step.name}
                  </button>
                )}
              </li>
            ))}
          </ol>
        </nav>
      )}
      <IconButton label="Type a path" aria-pressed={editing} onClick={() => setEditing(!editing)}>
        <IconPencil size={16} />
      </IconButton>
      <IconButton label="Read the folder again" onClick={refresh}>
        <IconRefresh size={16} />
      </IconButton>
    </div>
  );
}

function PathInput({ path, onDone }: { path: string; onDone(to: string | null): void }) {
  const [text, setText] = useState(path);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <form
      className={styles['pathform']}
      onSubmit={(event) => {
        event.preventDefault();
        onDone(text.trim() === '' ? null : text.trim());
      }}
    >
      <input
        ref={input}
        type="text"
        className="mono"
        aria-label="Path"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onDone(null)}
      />
    </form>
  );
}
