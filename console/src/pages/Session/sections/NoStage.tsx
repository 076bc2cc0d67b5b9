import { writeDuration } from '../../../form/field';
import { ObjectLink } from '../../../object/ObjectLink';
import { Exact } from '../../../ui/Moment';
import { IconTerminal } from '../../../ui/icons';
import { Nothing } from '../../../ui/Nothing';
import { Waiting } from '../../../ui/Waiting';
import type { Removed } from '../picture';
import styles from '../Session.module.css';

/** Why there is no picture. */
export function NoStage({ title, words, soon, line, removed }: { title: string; words: string; soon: boolean; line: boolean; removed: Removed | null }) {
  if (line) return <p className={`muted ${styles['reason']}`}>{words}</p>;
  return (
    <div className={styles['nostage']}>
      {soon ? (
        <Waiting label={title} words={words} />
      ) : (
        <Nothing title={title} icon={<IconTerminal size={30} stroke={1.3} />}>
          {removed !== null && (
            <>
              It was removed on <Exact at={removed.at} /> by the rule of retention <ObjectLink kind="retention" name={removed.rule} />, which keeps it for{' '}
              {writeDuration(removed.keep_secs)}.{' '}
            </>
          )}
          {words}
        </Nothing>
      )}
    </div>
  );
}
