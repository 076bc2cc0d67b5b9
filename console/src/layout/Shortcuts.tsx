import { Link } from '@tanstack/react-router';
import { Dialog } from '../ui/Dialog';
import { KeyList } from './KeyList';

/** The keys, over the page. */
export function Shortcuts({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard">
      <KeyList />
      <p>
        <Link to="/keyboard" onClick={onClose}>
          On a page of its own
        </Link>
      </p>
    </Dialog>
  );
}
