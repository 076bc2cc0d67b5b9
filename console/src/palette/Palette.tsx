import { useEffect, useId, useRef, useState } from 'react';
import { Dialog } from '../ui/Dialog';
import { IconSearch } from '../ui/icons';
import styles from './Palette.module.css';
import { usePalette } from './usePalette';

/** Goes anywhere and does anything by typing a little of its name. */
export function Palette({ onClose }: { onClose(): void }) {
  return (
    <Dialog open onClose={onClose} title="Go to, or do">
      <Finder onDone={onClose} />
    </Dialog>
  );
}

function Finder({ onDone }: { onDone(): void }) {
  const base = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const entries = usePalette(text);
  const active = Math.min(at, entries.length - 1);
  const move = (to: number) => setAt((to + entries.length) % entries.length);
  const act = (nth: number) => {
    const entry = entries[nth];
    if (entry === undefined) return;
    onDone();
    entry.act();
  };
  useEffect(() => {
    // Not given back: some browsers answer with a promise, which is no way to end an effect.
    void list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active, entries.length]);

  return (
    <>
      <div className={styles['box']}>
        <IconSearch size={16} aria-hidden />
        <input
          data-autofocus
          role="combobox"
          aria-label="Page, resource, user, session ID or action"
          aria-expanded
          aria-controls={`${base}-list`}
          aria-activedescendant={active >= 0 ? `${base}-${active}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Page, resource, user, session ID or action"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: Math.min(active + 8, entries.length - 1), PageUp: Math.max(active - 8, 0) }[event.key];
            if (to !== undefined) {
              event.preventDefault();
              move(to);
            } else if (event.key === 'Enter') {
              event.preventDefault();
              act(active);
            }
          }}
        />
      </div>
      <div ref={list} id={`${base}-list`} role="listbox" aria-label="What was found" className={styles['list']}>
        {entries.map((entry, nth) => (
          <div key={entry.id} role="presentation">
            {entry.section !== entries[nth - 1]?.section && (
              <div className={styles['section']} role="presentation">
                {entry.section}
              </div>
            )}
            <div
              id={`${base}-${nth}`}
              role="option"
              tabIndex={-1}
              aria-selected={nth === active}
              className={styles['entry']}
              onPointerMove={() => nth !== active && setAt(nth)}
              onClick={() => act(nth)}
            >
              <span aria-hidden className={styles['icon']}>
                {entry.icon}
              </span>
              <span className={styles['title']}>{entry.title}</span>
            </div>
          </div>
        ))}
      </div>
      <div role="status" className="hidden-visually">
        {entries.length} found
      </div>
    </>
  );
}
