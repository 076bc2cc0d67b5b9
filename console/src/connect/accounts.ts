import type { ConnectEntry, ReachApproval } from '../api/types';
import type { As } from './ways';

export interface Choice extends As {
  /** The gateway proves it; otherwise one is asked for a password. */
  proven: boolean;
  profile: string;
  /** The account's own name. */
  name: string;
  /** What has to be given and who has to agree; null when nobody has. */
  approval: ReachApproval | null;
}

/** As whom one may go there, the usual one first; that one needs not be named. */
export function choicesOf(entry: ConnectEntry): Choice[] {
  return entry.accounts.map((one) => ({
    account: one.command?.includes(`${one.name}@`) ? one.name : '',
    login: one.login,
    command: one.command ?? null,
    proven: one.has_secret,
    profile: one.profile,
    name: one.name,
    approval: one.approval,
  }));
}
