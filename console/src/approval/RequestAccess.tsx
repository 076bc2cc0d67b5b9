import { lazy, Suspense, useState } from 'react';
import type { ConnectEntry } from '../api/types';
import { Button } from '../ui/Button';
import { IconClock } from '../ui/icons';

const RequestDialog = lazy(() => import('./RequestDialog').then((module) => ({ default: module.RequestDialog })));

/** The button that asks for access to a resource ahead of its use. */
export function RequestAccess({ entry, account = '', small = false }: { entry: ConnectEntry; account?: string; small?: boolean }) {
  const [open, setOpen] = useState(false);
  const choice = entry.accounts.find((one) => one.name === account) ?? entry.accounts[0];
  return (
    <>
      <Button small={small} icon={<IconClock size={14} />} onClick={() => setOpen(true)}>
        Request access<span className="hidden-visually"> to {entry.name}</span>
      </Button>
      {open && (
        <Suspense fallback={null}>
          <RequestDialog entry={entry} account={account} approval={choice?.approval ?? null} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
