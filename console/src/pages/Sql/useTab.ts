import { useCallback, useEffect, useRef, useState } from 'react';
import { Problem } from '../../api/problem';
import { closeSql, closeSqlOnLeave, openSql, runSql, sqlCancel, sqlMore, sqlNames, sqlRest, sqlState, type SqlNames, type SqlState } from '../../api/sql';
import { heard, nothing, withPart, type Run } from './results';

/** The gateway ends a session that is not used for five minutes. */
const PING_MS = 60_000;

/** `asks`: the resource wants a password that the gateway does not have. */
export type Opening = { state: 'opening' } | { state: 'asks'; problem: Problem } | { state: 'failed'; problem: Problem } | { state: 'open' } | { state: 'ended'; words: string };

export interface SqlTab {
  opening: Opening;
  session: string | null;
  database: string;
  names: SqlNames | null;
  run: Run;
  transaction: SqlState['transaction'];
  /** What could not be done last. */
  trouble: string | null;
  start(text: string, explain: '' | 'plan' | 'analyze'): Promise<void>;
  cancel(): void;
  more(): void;
  /** Reads the open result to its end. */
  rest(): Promise<boolean>;
  reading: boolean;
  open(secret?: string): Promise<void>;
  over(words: string): void;
  disconnect(): void;
}

/** A connection of its own to a resource: how it stands, and what it runs. */
export function useTab(resource: string, account: string, wanted: string): SqlTab {
  const [opening, setOpening] = useState<Opening>({ state: 'opening' });
  const [session, setSession] = useState<string | null>(null);
  const [database, setDatabase] = useState(wanted);
  const [names, setNames] = useState<SqlNames | null>(null);
  const [run, setRun] = useState<Run>(nothing);
  const [transaction, setTransaction] = useState<SqlState['transaction']>('none');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [reading, setReading] = useState(false);
  const current = useRef<string | null>(null);
  const asking = useRef<AbortController | null>(null);
  const busy = useRef(false);

  const over = useCallback((words: string) => {
    current.current = null;
    setOpening((old) => (old.state === 'open' ? { state: 'ended', words } : old));
  }, []);

  const failed = useCallback(
    (thrown: unknown) => {
      if (thrown instanceof DOMException && thrown.name === 'AbortError') return;
      const problem = Problem.of(thrown);
      if (problem.status === 410 || problem.status === 404) over(problem.message);
      else setTrouble(problem.message);
    },
    [over],
  );

  const refresh = useCallback(async (id: string) => {
    try {
      setNames(await sqlNames(id));
    } catch {
      // The editor completes keywords only.
    }
  }, []);

  const open = useCallback(
    async (secret?: string) => {
      setOpening({ state: 'opening' });
      try {
        const opened = await openSql({
          resource,
          ...(account === '' ? {} : { account }),
          ...(wanted === '' ? {} : { database: wanted }),
          ...(secret === undefined ? {} : { secret }),
        });
        current.current = opened.session;
        setSession(opened.session);
        setDatabase(opened.database);
        setTransaction('none');
        setTrouble(null);
        setOpening({ state: 'open' });
        void refresh(opened.session);
      } catch (thrown) {
        const problem = Problem.of(thrown);
        setOpening({ state: problem.code === 'secret_needed' || problem.code === 'wrong_secret' ? 'asks' : 'failed', problem });
      }
    },
    [resource, account, wanted, refresh],
  );

  const start = useCallback(
    async (text: string, explain: '' | 'plan' | 'analyze') => {
      const id = current.current;
      if (id === null || busy.current) return;
      busy.current = true;
      const control = new AbortController();
      asking.current = control;
      setTrouble(null);
      setRun({ ...nothing, running: true });
      try {
        await runSql(id, text, explain, control.signal, (said) => {
          setRun((old) => heard(old, said));
          if (said.type === 'end') {
            setTransaction(said.transaction);
            if (said.ended !== null) over(said.ended);
          }
        });
        // What was made or dropped is completed, or not any more.
        if (/\b(create|drop|alter)\b/i.test(text) && current.current === id) void refresh(id);
      } catch (thrown) {
        failed(thrown);
      } finally {
        busy.current = false;
        setRun((old) => ({ ...old, running: false }));
      }
    },
    [failed, over, refresh],
  );

  const read = useCallback(
    async (part: (id: string) => ReturnType<typeof sqlMore>): Promise<boolean> => {
      const id = current.current;
      if (id === null || busy.current) return false;
      busy.current = true;
      setReading(true);
      try {
        const next = await part(id);
        setRun((old) => ({ ...old, results: old.results.map((one, nth) => (nth === old.results.length - 1 ? withPart(one, next) : one)) }));
        return true;
      } catch (thrown) {
        // What cannot be read on is no longer offered.
        if (Problem.of(thrown).code === 'nothing_open') setRun((old) => ({ ...old, results: old.results.map((one) => ({ ...one, more: false })) }));
        failed(thrown);
        return false;
      } finally {
        busy.current = false;
        setReading(false);
      }
    },
    [failed],
  );

  const disconnect = useCallback(() => {
    const id = current.current;
    over('You disconnected');
    // When it has ended already there is nothing left to end.
    if (id !== null) void closeSql(id).catch(() => {});
  }, [over]);

  // Opened once: a second one would be a second session. A tab that is closed ends its session.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void open();
  }, [open]);

  useEffect(() => {
    const leave = () => {
      asking.current?.abort();
      if (current.current !== null) closeSqlOnLeave(current.current);
      current.current = null;
    };
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, []);

  const isOpen = opening.state === 'open';
  useEffect(() => {
    if (session === null || !isOpen) return undefined;
    const timer = setInterval(() => void sqlState(session).catch(failed), PING_MS);
    return () => clearInterval(timer);
  }, [session, isOpen, failed]);

  return {
    opening,
    session,
    database,
    names,
    run,
    transaction,
    trouble,
    start,
    cancel: () => void (current.current !== null && sqlCancel(current.current).catch(failed)),
    more: () => void read(sqlMore),
    rest: () => read(sqlRest),
    reading,
    open,
    over,
    disconnect,
  };
}
