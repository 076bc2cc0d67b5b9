import { Link } from '@tanstack/react-router';
import { IconSearch } from '../ui/icons';
import { Nothing } from '../ui/Nothing';

/** There is no such page. */
export function NotFound() {
  return (
    <Nothing page title="There is no such page" icon={<IconSearch size={30} stroke={1.3} />}>
      The address may be misspelt, or what it led to is gone. <Link to="/">Go to the start</Link>
    </Nothing>
  );
}
