import { useEffect, useRef, useState, type RefObject } from 'react';
import { IconButton } from '../../../ui/IconButton';
import { IconArrowDown, IconArrowUp, IconX } from '../../../ui/icons';
import type { Screen } from '../screen';
import styles from '../Terminal.module.css';

/** Finds words in what the terminal has shown. */
export function FindBar({ screen, onClose }: { screen: RefObject<Screen | null>; onClose(): void }) {
  const [text, setText] = useState('');
  const [none, setNone] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const look = (back: boolean, what = text) => setNone(what !== '' && screen.current?.find(what, back) === false);
  const close = () => {
    screen.current?.endFind();
    onClose();
  };
  return (
    <search className={styles['find']} aria-label="In this terminal">
      <input
        ref={input}
        type="text"
        aria-label="Find in the terminal"
        placeholder="Find"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          look(true, event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') look(!event.shiftKey);
          if (event.key === 'Escape') close();
        }}
      />
      <span role="status" className="muted">
        {none ? 'Not found' : ''}
      </span>
      <IconButton small label="Further up" onClick={() => look(true)}>
        <IconArrowUp size={15} />
      </IconButton>
      <IconButton small label="Further down" onClick={() => look(false)}>
        <IconArrowDown size={15} />
      </IconButton>
      <IconButton small label="Close the search" onClick={close}>
        <IconX size={15} />
      </IconButton>
    </search>
  );
}
