import { Popover } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  open: boolean;
  onChange(open: boolean): void;
  button: ReactElement;
  label: string;
  width?: number;
  children: ReactNode;
}

/** A small panel that hangs from a button. */
export function Popup({ open, onChange, button, label, width = 300, children }: Props) {
  return (
    <Popover
      opened={open}
      onChange={onChange}
      position="bottom-start"
      width={width}
      shadow="md"
      withinPortal
      trapFocus
      returnFocus
      transitionProps={{ duration: 80 }}
    >
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown aria-label={label} p={0}>
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}
