import { useEffect } from 'react';
import { isAdmin, useMe } from '../../api/me';
import { Problem } from '../../api/problem';
import { Page } from '../../layout/Page';
import { Unsaved, useUnsaved } from '../../layout/Unsaved';
import { Tabs } from '../../ui/Tabs';
import { Trouble } from '../../ui/Trouble';
import styles from './Policy.module.css';
import { Ask } from './sections/Ask';
import { Draft } from './sections/Draft';
import { usePolicy } from './usePolicy';

/** What the rules say of somebody, and what a draft of them would have said of what was done. */
export function Policy() {
  const me = useMe();
  return (
    <Page title="Try rules" note="Nothing is changed by asking" filled>
      {isAdmin(me) ? <Trying /> : <Trouble error={new Problem(403, { detail: 'Only an administrator may try rules.' })} />}
    </Page>
  );
}

function Trying() {
  const policy = usePolicy();
  const { changed, onChanged } = useUnsaved();
  const { text } = policy;
  useEffect(() => onChanged(text === '' ? null : text), [text, onChanged]);
  const tabs = [
    { id: 'ask', title: 'May somebody …?', content: <Ask policy={policy} /> },
    { id: 'draft', title: 'What would a draft change?', content: <Draft policy={policy} /> },
  ].map((tab) => ({ ...tab, content: <div className={styles['flow']}>{tab.content}</div> }));
  return (
    <>
      <Tabs label="Try rules" tabs={tabs} value={policy.tab === 'draft' ? 'draft' : 'ask'} onChange={policy.show} />
      <Unsaved changed={changed} keepsTabs />
    </>
  );
}
