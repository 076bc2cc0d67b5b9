import { Link } from '@tanstack/react-router';
import type { ConnectEntry } from '../api/types';
import { IconFolder, IconTerminal } from '../ui/icons';
import styles from './ResourceCard.module.css';

interface Web {
  title: string;
  icon: typeof IconTerminal;
  /** The types of resources that have it. */
  types: string[];
  to: '/connect/$resource/terminal' | '/connect/$resource/files';
}

/** The ways that need nothing but this browser. */
const WEB: Web[] = [
  { title: 'Terminal', icon: IconTerminal, types: ['ssh'], to: '/connect/$resource/terminal' },
  { title: 'Files', icon: IconFolder, types: ['ssh'], to: '/connect/$resource/files' },
];

/** Links to the ways that need nothing but this browser; each opens a session. */
export function WebWays({ entry, account = '' }: { entry: ConnectEntry; account?: string }) {
  return WEB.filter((one) => one.types.includes(entry.type)).map((one) => (
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
