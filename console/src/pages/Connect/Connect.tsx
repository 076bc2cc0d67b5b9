import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Resources } from '../../connect/Resources';
import { reachQuery } from '../../connect/useReach';
import { count } from '../../format';
import { Page } from '../../layout/Page';
import { SearchBox } from '../../ui/SearchBox';
import { useHotkeys } from '../../ui/useHotkeys';

/** What the person may reach, with the line that does it. */
export function Connect() {
  const [q, setQ] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const reach = useQuery(reachQuery);
  const n = reach.data?.length ?? 0;
  useHotkeys({ '/': () => box.current?.focus() });
  return (
    <Page
      title="My connections"
      note={reach.data === undefined ? undefined : `${count(n)} ${n === 1 ? 'resource' : 'resources'} that you may reach`}
      tools={n > 0 ? <SearchBox inputRef={box} label="Search in my connections" value={q} onChange={setQ} wait={100} /> : undefined}
    >
      <h2 className="hidden-visually">Resources</h2>
      <Resources q={q} />
    </Page>
  );
}
