import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';

/** Words that appear when one rests on something. */
export function Tip({ label, children }: { label: string; children: ReactElement }) {
  return (
    <Tooltip label={label} openDelay={300} multiline maw={320} withinPortal events={{ hover: true, focus: true, touch: true }}>
      {children}
    </Tooltip>
  );
}
