import { useEffect, useRef, useState, type Ref } from 'react';
import { IconSearch, IconX } from './icons';
import styles from './SearchBox.module.css';

interface Props {
  value: string;
  onChange(value: string): void;
  label: string;
  placeholder?: string;
  wait?: number;
  inputRef?: Ref<HTMLInputElement>;
}

/** A search field that reports when one stops typing. */
export function SearchBox({ value, onChange, label, placeholder, wait = 250, inputRef }: Props) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);

  useEffect(() => {
    // Changed from outside, such as by "Back" or "Clear filters".
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const send = (next: string) => {
    clearTimeout(timer.current);
    sent.current = next;
    onChange(next);
  };
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(next), wait);
  };
  const clear = () => {
    setText('');
    send('');
  };

  return (
    <div className={styles['box']}>
      <IconSearch size={15} aria-hidden />
      <input
        ref={inputRef}
        type="text"
        value={text}
        aria-label={label}
        placeholder={placeholder ?? label}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') send(text);
          if (event.key === 'Escape') {
            if (text === '') event.currentTarget.blur();
            else clear();
          }
        }}
      />
      {text !== '' && (
        <button type="button" aria-label="Clear search" onClick={clear}>
          <IconX size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}
