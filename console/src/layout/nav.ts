import type { Me } from '../api/types';
import { isAdmin, seesAll, seesOthers } from '../api/me';
import {
  IconActivity,
  IconCheck,
  IconClock,
  IconEye,
  IconFile,
  IconGear,
  IconHistory,
  IconHome,
  IconKey,
  IconList,
  IconNetwork,
  IconPlug,
  IconScale,
  IconServer,
  IconShield,
  IconSliders,
  IconTicket,
  IconUser,
  IconUsers,
  IconWall,
} from '../ui/icons';

export interface NavEntry {
  to: string;
  title: string;
  icon: typeof IconList;
  /** What else it is looked for by. */
  words?: string;
}

export interface NavGroup {
  title: string;
  entries: NavEntry[];
}

const policy: NavEntry = { to: '/policy', title: 'Try rules', icon: IconScale, words: 'policy test replay draft what if simulate dry run may access' };

const manage = (kind: string, title: string, icon: typeof IconList): NavEntry => ({ to: `/manage/${kind}`, title, icon });

/** The pages that a person has any use for. The server decides what they may see there. */
export function navFor(me: Me): NavGroup[] {
  const others = seesOthers(me);
  const work: NavEntry[] = [
    { to: '/', title: 'Home', icon: IconHome },
    { to: '/sessions', title: others ? 'Sessions' : 'My sessions', icon: IconList },
    { to: '/approvals', title: 'Approvals', icon: IconCheck, words: 'reviews reviewers access requests just-in-time jit' },
    { to: '/connect', title: 'My connections', icon: IconPlug },
  ];
  const groups: NavGroup[] = [{ title: '', entries: work }];
  if (others) {
    work.splice(2, 0, { to: '/wall', title: 'Live wall', icon: IconWall });
    work.push({ to: '/files', title: 'File activity', icon: IconFile });
  }
  if (seesAll(me)) {
    groups.push({ title: 'Evidence', entries: [{ to: '/audit', title: 'Audit log', icon: IconHistory }] });
    groups.push({
      title: 'Access',
      entries: [
        manage('resource', 'Resources', IconServer),
        manage('account', 'Accounts', IconTicket),
        manage('secret', 'Secrets', IconKey),
        manage('access_rule', 'Access rules', IconShield),
        manage('profile', 'Profiles', IconSliders),
        ...(isAdmin(me) ? [policy] : []),
        { ...manage('activity', 'Activities', IconActivity), words: 'templates provisioning steps temporary accounts' },
        { ...manage('administrative_rule', 'Administrative rules', IconEye), words: 'remote access secure access roles visibility' },
        manage('retention', 'Retention', IconClock),
        manage('user', 'Users', IconUser),
        manage('group', 'Groups', IconUsers),
      ],
    });
    groups.push({
      title: 'System',
      entries: [
        { to: '/gateways', title: 'Gateways', icon: IconNetwork },
        { to: '/settings', title: 'Settings', icon: IconGear },
      ],
    });
  }
  groups.push({
    title: 'You',
    entries: [
      { to: '/security', title: 'Signing in', icon: IconShield, words: 'security second factor authenticator passkeys recovery codes password mfa 2fa' },
      { to: '/tokens', title: 'API tokens', icon: IconKey },
    ],
  });
  return groups;
}
