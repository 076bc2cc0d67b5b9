import { Tabs as Base } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './Tabs.module.css';

export interface Tab {
  id: string;
  title: string;
  badge?: ReactNode;
  content: ReactNode;
}

/** Several panels in one place. Only the one in front is drawn. */
export function Tabs({ tabs, value, onChange, label }: { tabs: Tab[]; value: string; onChange(id: string): void; label: string }) {
  return (
    <Base value={value} onChange={(id) => id !== null && onChange(id)} keepMounted={false} className={styles['root']}>
      <Base.List aria-label={label} className={styles['list']}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.id} value={tab.id} rightSection={tab.badge}>
            {tab.title}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className={styles['panel']}>
          {tab.content}
        </Base.Panel>
      ))}
    </Base>
  );
}
