import type { Me } from '../api/types';
import { isAdmin, seesAll } from '../api/me';
import {
  IconFile,
  IconGear,
  IconGroup,
  IconHistory,
  IconKey,
  IconList,
  IconPlug,
  IconServer,
  IconShield,
  IconTicket,
  IconUser,
  IconWall,
} from '../ui/icons';

export interface NavEntry {
  to: string;
  title: string;
  icon: typeof IconList;
}

export interface NavGroup {
  title: string;
  entries: NavEntry[];
}

const manage = (kind: string, title: string, icon: typeof IconList): NavEntry => ({ to: `/manage/${kind}`, title, icon });

/** The pages that a person has any use for. The server decides what they may see there. */
export function navFor(me: Me): NavGroup[] {
  const work: NavEntry[] = [
    { to: '/sessions', title: seesAll(me) ? 'Sessions' : 'My sessions', icon: IconList },
    { to: '/connect', title: 'My connections', icon: IconPlug },
  ];
  const groups: NavGroup[] = [{ title: '', entries: work }];
  if (seesAll(me)) {
    work.splice(1, 0, { to: '/wall', title: 'Live wall', icon: IconWall });
    work.push({ to: '/files', title: 'File activity', icon: IconFile });
    groups.push({ title: 'Evidence', entries: [{ to: '/audit', title: 'Audit log', icon: IconHistory }] });
  }
  if (isAdmin(me)) {
    groups.push({
      title: 'Access',
      entries: [
        manage('resource', 'Resources', IconServer),
        manage('account', 'Accounts', IconTicket),
        manage('secret', 'Secrets', IconKey),
        manage('access_rule', 'Access rules', IconShield),
        manage('profile', 'Profiles', IconGear),
        manage('user', 'Users', IconUser),
        manage('group', 'Groups', IconGroup),
      ],
    });
  }
  groups.push({ title: 'You', entries: [{ to: '/tokens', title: 'API tokens', icon: IconKey }] });
  return groups;
}
