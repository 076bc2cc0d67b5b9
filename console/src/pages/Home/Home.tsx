import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { seesOthers, useMe } from '../../api/me';
import { Resources } from '../../connect/Resources';
import { reachQuery } from '../../connect/useReach';
import { Page } from '../../layout/Page';
import { SearchBox } from '../../ui/SearchBox';
import { useHotkeys } from '../../ui/useHotkeys';
import { Few } from './Few';
import styles from './Home.module.css';

const RUNNING = 'connecting,active,locked,ending';
const WAITING = 'scheduled,awaiting_approval,provisioning,available';
const OVER = 'completed,canceled,terminated,denied,failed';

/** Where one begins: what one may reach and what one did; for those who watch over others, what goes on. */
export function Home() {
  const me = useMe();
  const name = me.person.display_name === '' ? me.person.name : me.person.display_name;
  return (
    <Page title="Home" note={name}>
      <div className={styles['page']}>{seesOthers(me) ? <Overview /> : <Mine user={me.person.name} />}</div>
    </Page>
  );
}

/** For those who see sessions of others: what runs, failed and waits. */
function Overview() {
  return (
    <>
      <div className={styles['panels']}>
        <Few
          title="Running now"
          query={{ status: RUNNING, sort: 'started_at:desc' }}
          search={{ status: RUNNING, last: 'all' }}
          empty="Nobody is connected. Sessions appear here by themselves."
        />
        <Few
          title="Failed in the last 24 hours"
          query={{ status: 'failed', last: '24h', sort: 'created_at:desc' }}
          search={{ status: 'failed', last: '24h' }}
          empty="Nothing has failed."
        />
        <Few
          title="Waiting to begin"
          query={{ status: WAITING, sort: 'created_at:desc' }}
          search={{ status: WAITING, last: 'all' }}
          empty="No session waits for anything."
        />
      </div>
      <MyResources most={6} />
    </>
  );
}

/** For everybody else: what they may reach, what they did, what they asked for. */
function Mine({ user }: { user: string }) {
  return (
    <>
      <MyResources most={8} />
      <div className={styles['panels']}>
        <Few
          title="My running sessions"
          query={{ user, status: RUNNING, sort: 'started_at:desc' }}
          search={{ status: RUNNING, last: 'all' }}
          empty="You are not connected to anything."
        />
        <Few
          title="My ended sessions"
          query={{ user, status: OVER, sort: 'created_at:desc' }}
          search={{ status: OVER }}
          empty="Those of the last 30 days are listed here."
        />
        <Few
          title="My requests"
          query={{ user, status: WAITING, sort: 'created_at:desc' }}
          search={{ status: WAITING, last: 'all' }}
          empty="You have asked for nothing. Access to what is listed above can be requested on its page; what is not listed, an administrator can open to you with an access rule."
        />
      </div>
    </>
  );
}

function MyResources({ most }: { most: number }) {
  const [q, setQ] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const reach = useQuery(reachQuery);
  const n = reach.data?.length ?? 0;
  useHotkeys({ '/': () => box.current?.focus() });
  return (
    <section aria-label="My resources">
      <div className={styles['panelhead']}>
        <h2>My resources</h2>
        {n > 0 && <span className="muted">{n}</span>}
        <span className={styles['space']} />
        {n > 0 && <SearchBox inputRef={box} label="Search in my resources" value={q} onChange={setQ} wait={100} />}
      </div>
      <Resources q={q} most={most} />
      {q === '' && n > most && (
        <p>
          <Link to="/connect">All {n} resources</Link>
        </p>
      )}
    </section>
  );
}
