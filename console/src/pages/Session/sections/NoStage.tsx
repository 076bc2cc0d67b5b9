import { IconTerminal } from '../../../ui/icons';
import { Nothing } from '../../../ui/Nothing';
import { Waiting } from '../../../ui/Waiting';
import styles from '../Session.module.css';

/** Why there is no picture. */
export function NoStage({ title, words, soon, line = false }: { title: string; words: string; soon: boolean; line?: boolean }) {
  if (line) return <p className={`muted ${styles['reason']}`}>{words}</p>;
  return (
    <div className={styles['nostage']}>
      {soon ? (
        <>
          <Waiting label={title} />
          <p className="muted" style={{ textAlign: 'center', margin: 0 }}>
            {words}
          </p>
        </>
      ) : (
        <Nothing title={title} icon={<IconTerminal size={30} stroke={1.3} />}>
          {words}
        </Nothing>
      )}
    </div>
  );
}
