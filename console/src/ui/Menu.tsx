import { Menu as Base } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  /** Where it leads; with `onClick`, where a click with a modifier leads. */
  href?: string;
  onClick?(): void;
  /** A heading before this entry. */
  section?: string;
}

/** A button that opens a list of things to do. */
export function Menu({ button, entries, label, inPlace = false }: { button: ReactElement; entries: MenuEntry[]; label: string; inPlace?: boolean }) {
  return (
    // In place it belongs to the landmark that its button is in; elsewhere nothing can cut it off.
    <Base position="bottom-end" shadow="md" withinPortal={!inPlace} withInitialFocusPlaceholder={false} transitionProps={{ duration: 80 }}>
      <Base.Target>{button}</Base.Target>
      <Base.Dropdown aria-label={label}>
        {entries.map((entry) => (
          <Entry key={entry.label} entry={entry} />
        ))}
      </Base.Dropdown>
    </Base>
  );
}

function Entry({ entry }: { entry: MenuEntry }) {
  const look = {
    leftSection: entry.icon,
    disabled: entry.disabled ?? false,
    style: entry.danger ? { color: 'var(--danger)' } : undefined,
  };
  return (
    <>
      {entry.section !== undefined && <Base.Label>{entry.section}</Base.Label>}
      {entry.href === undefined ? (
        <Base.Item {...look} onClick={entry.onClick}>
          {entry.label}
        </Base.Item>
      ) : (
        <Base.Item
          {...look}
          component="a"
          href={entry.href}
          onClick={(event) => {
            if (entry.onClick === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            entry.onClick();
          }}
        >
          {entry.label}
        </Base.Item>
      )}
    </>
  );
}
