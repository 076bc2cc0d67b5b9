import { useEffect, useRef, type RefObject } from 'react';
import type { SqlNames } from '../../../api/sql';
import { createEditor, type Speaks, type SqlEditor } from '../editor';
import styles from '../Sql.module.css';

interface Props {
  first: string;
  names: SqlNames | null;
  speaks: Speaks;
  editor: RefObject<SqlEditor | null>;
  run(): void;
  changed(text: string): void;
}

/** Where statements are written. */
export function Editor({ first, names, speaks: { kind, database }, editor, run, changed }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const actions = useRef({ run, changed });
  actions.current = { run, changed };
  const begin = useRef(first);
  useEffect(() => {
    if (box.current === null) return undefined;
    const made = createEditor(box.current, begin.current, { run: () => actions.current.run(), changed: (text) => actions.current.changed(text) });
    editor.current = made;
    made.focus();
    return () => {
      editor.current = null;
      made.destroy();
    };
  }, [editor]);
  useEffect(() => {
    if (names !== null || kind !== '') editor.current?.complete(names, { kind, database });
  }, [names, kind, database, editor]);
  return <div ref={box} className={styles['editor']} />;
}
