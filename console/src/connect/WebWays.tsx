import { Link } from '@tanstack/react-router';
import type { ConnectEntry } from '../api/types';
import type { IconPlug } from '../ui/icons';
import styles from './ResourceCard.module.css';

interface Web {
  title: string;
  icon: typeof IconPlug;
  /** The types of resources that have it. */
  types: string[];
  to(resource: string, account: string): string;
}

/** The ways that need nothing but this browser. */
const WEB: Web[] = [];

/** Links to the ways that need nothing but this browser. */
export function WebWays({ entry, account = '' }: { entry: ConnectEntry; account?: string }) {
  return WEB.filter((one) => one.types.includes(entry.type)).map((one) => (
    <Link key={one.title} to={one.to(entry.name, account)} className={styles['web']}>
      <one.icon size={15} aria-hidden /> {one.title}
      <span className="hidden-visually"> on {entry.name}</span>
    </Link>
  ));
}
