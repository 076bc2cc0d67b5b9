import { Link } from '@tanstack/react-router';
import type { ConnectEntry } from '../api/types';
import { IconDatabase, IconFolder, IconTerminal } from '../ui/icons';
import styles from './ResourceCard.module.css';

interface Web {
  title: string;
  icon: typeof IconTerminal;
  /** Whether a resource has it. */
  has(entry: ConnectEntry): boolean;
  to: '/connect/$resource/terminal' | '/connect/$resource/files' | '/connect/$resource/sql';
}

/** The ways that need nothing but this browser. */
const WEB: Web[] = [
  { title: 'Terminal', icon: IconTerminal, has: (entry) => entry.type === 'ssh', to: '/connect/$resource/terminal' },
  { title: 'Files', icon: IconFolder, has: (entry) => entry.type === 'ssh', to: '/connect/$resource/files' },
  { title: 'SQL', icon: IconDatabase, has: (entry) => entry.statements, to: '/connect/$resource/sql' },
];

/** Links to the ways that need nothing but this browser; each opens a session. */
export function WebWays({ entry, account = '' }: { entry: ConnectEntry; account?: string }) {
  return WEB.filter((one) => one.has(entry)).map((one) => (
    // Not before it is clicked: what is fetched ahead would be a chunk of a page that few open.
    <Link
      key={one.title}
      to={one.to}
      params={{ resource: entry.name }}
      search={account === '' ? {} : { account }}
      preload={false}
      className={styles['web']}
    >
      <one.icon size={15} aria-hidden /> {one.title}
      <span className="hidden-visually"> on {entry.name}</span>
    </Link>
  ));
}
