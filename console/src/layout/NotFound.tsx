import { Link } from '@tanstack/react-router';
import { Nothing } from '../ui/Nothing';

/** There is no such page. */
export function NotFound() {
  return (
    <main>
      <Nothing page title="There is no such page">
        <Link to="/">Go to the start</Link>
      </Nothing>
    </main>
  );
}
