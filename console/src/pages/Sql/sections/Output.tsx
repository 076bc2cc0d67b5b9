import { useMemo, useState } from 'react';
import { useMe } from '../../../api/me';
import { resultFile } from '../../../api/sql';
import { count } from '../../../format';
import { Button } from '../../../ui/Button';
import { IconDownload } from '../../../ui/icons';
import { Menu } from '../../../ui/Menu';
import { Waiting } from '../../../ui/Waiting';
import { planOf } from '../plan';
import { cuts, HELD, summary, took, type Result } from '../results';
import type { SqlTab } from '../useTab';
import styles from '../Sql.module.css';
import { Grid } from './Grid';
import { History } from './History';
import { Messages } from './Messages';
import { Plan } from './Plan';
import { ValueDialog } from './ValueDialog';

type Pane = 'result' | 'messages' | 'history';

interface Props {
  tab: SqlTab;
  resource: string;
  /** What was run. */
  source: string;
  use(text: string): void;
}

/** What came of what was run: results, messages, and what was run before. */
export function Output({ tab, resource, source, use }: Props) {
  const [pane, setPane] = useState<Pane>('result');
  const [chosen, setChosen] = useState<number | null>(null);
  const { results, running } = tab.run;
  const withRows = results.filter((one) => one.columns.length > 0);
  const failed = results.some((one) => one.error !== null);
  const result = withRows.find((one) => one.nth === chosen) ?? withRows.at(-1);
  const panes: [Pane, string][] = [
    ['result', 'Result'],
    ['messages', failed ? 'Messages (error)' : 'Messages'],
    ['history', 'History'],
  ];
  const shown = pane === 'result' && (failed || (results.length > 0 && withRows.length === 0)) ? 'messages' : pane;
  return (
    <section className={styles['output']} aria-label="What came of it">
      <div className={styles['panes']} role="group" aria-label="Show">
        {panes.map(([id, title]) => (
          <button key={id} type="button" aria-pressed={shown === id} onClick={() => setPane(id)}>
            {title}
          </button>
        ))}
        {shown === 'result' && withRows.length > 1 && (
          <span className={styles['which']} role="group" aria-label="Result">
            {withRows.map((one) => (
              <button key={one.nth} type="button" aria-pressed={one === result} aria-label={`Result of statement ${one.nth + 1}`} onClick={() => setChosen(one.nth)}>
                {one.nth + 1}
              </button>
            ))}
          </span>
        )}
        <span role="status" className={styles['status']}>
          {running ? 'Running …' : failed ? 'Failed' : result !== undefined ? `${summary(result)} · ${took(result.tookMs)}` : results.length > 0 ? 'Done' : ''}
        </span>
      </div>
      {tab.trouble !== null && (
        <p className={styles['trouble']} role="alert">
          {tab.trouble}
        </p>
      )}
      {shown === 'messages' && <Messages results={results} source={source} />}
      {shown === 'history' && <History resource={resource} use={use} />}
      {shown === 'result' && result !== undefined && <Rows key={`${result.nth} ${result.which}`} tab={tab} result={result} last={result === results.at(-1)} />}
      {shown === 'result' && result === undefined && (running ? <Waiting label="Running" /> : <p className={`muted ${styles['empty']}`}>Rows stand here. Ctrl and Enter run what is selected, or all.</p>)}
    </section>
  );
}

function Rows({ tab, result, last }: { tab: SqlTab; result: Result; last: boolean }) {
  const me = useMe();
  const [at, setAt] = useState<{ row: number; column: number } | null>(null);
  const plan = useMemo(() => planOf(result), [result]);
  const cut = useMemo(() => cuts(result.rows), [result.rows]);
  if (plan !== null) return <Plan plan={plan} />;
  const full = result.rows.length >= HELD;
  const open = result.more && last && !tab.reading && !tab.run.running;
  const session = tab.session ?? '';
  const take = async (as: 'csv' | 'jsonl') => {
    // The recording must have all of it before it can leave as a file.
    if (result.more && last && !(await tab.rest())) return;
    window.location.assign(resultFile(session, result.which, as));
  };
  return (
    <>
      {result.rows.length === 0 ? (
        <p className={`muted ${styles['empty']}`}>{result.done ? 'No rows.' : 'Waiting for rows'}</p>
      ) : (
        <Grid result={result} label={`Rows of statement ${result.nth + 1}`} more={open && !full ? tab.more : null} show={(row, column) => setAt({ row, column })} />
      )}
      <div className={styles['resultbar']}>
        <span className="muted">
          {result.more ? `${count(result.rows.length)} rows shown, more follow` : result.rows.length < result.rowsSoFar ? `${count(result.rows.length)} of ${count(result.rowsSoFar)} rows shown` : `${count(result.rowsSoFar)} rows`}
          {full && ' · a page holds no more, so that the browser stays responsive'}
          {cut > 0 && ` · ${count(cut)} long ${cut === 1 ? 'value is' : 'values are'} cut; Enter on one shows why, and the way to all of it`}
        </span>
        {me.downloads_enabled ? (
          <Menu
            label="Export the result"
            button={
              <Button small icon={<IconDownload size={14} />} busy={tab.reading} disabled={result.which === '' || tab.run.running}>
                Export
              </Button>
            }
            entries={[
              { label: 'All rows as CSV', onClick: () => void take('csv') },
              { label: 'All rows as lines of JSON', onClick: () => void take('jsonl') },
            ]}
          />
        ) : (
          <span className="muted">Downloads are switched off by DISABLE_SESSIONS_DOWNLOAD.</span>
        )}
      </div>
      <ValueDialog result={result} session={session} at={at} onClose={() => setAt(null)} />
    </>
  );
}
