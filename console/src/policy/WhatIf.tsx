import { useEffect, useId, useRef, useState } from 'react';
import { IconButton } from '../ui/IconButton';
import { SelectField } from '../ui/choosers';
import { IconX } from '../ui/icons';
import type { DraftDocument } from './draft';
import styles from './Policy.module.css';
import { Replay } from './Replay';
import { SINCE, USUAL } from './words';

interface Props {
  /** Grows each time that it is asked for. */
  nth: number;
  document: DraftDocument;
  onClose(): void;
}

/** What an object would have changed if it had been as it is written in its form now. Nothing is saved. */
export function WhatIf({ nth, document, onClose }: Props) {
  const title = useId();
  const [since, setSince] = useState(USUAL);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    void section.current?.scrollIntoView({ block: 'nearest' });
  }, [nth]);
  return (
    <section ref={section} className={styles['whatif']} aria-labelledby={title}>
      <div className={styles['head']}>
        <h2 id={title}>What this would have changed</h2>
        <IconButton label="Close" onClick={onClose}>
          <IconX size={17} />
        </IconButton>
      </div>
      <div className={styles['period']}>
        <SelectField label="Period" choices={SINCE} value={since} onChange={(next) => setSince(next ?? USUAL)} />
      </div>
      <Replay asked={{ nth, since, documents: [document] }} />
    </section>
  );
}
