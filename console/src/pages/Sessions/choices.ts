/** What the quick filters offer: the usual ones as chips, the others under "More". */
type Choice = readonly [value: string, title: string, under?: boolean];

export const STATE_CHIPS: readonly Choice[] = [
  ['active', 'Active'],
  ['completed', 'Completed'],
  ['failed', 'Failed'],
  ['terminated', 'Terminated'],
  ['pending', 'Waiting'],
];

export const MORE_STATES: readonly Choice[] = [
  ['pending', 'Waiting: all of these'],
  ['scheduled', 'Scheduled', true],
  ['awaiting_approval', 'Needs approval', true],
  ['provisioning', 'Provisioning', true],
  ['available', 'Available', true],
  ['connecting', 'Connecting', true],
  ['logged_in', 'Logged in'],
  ['locked', 'Locked'],
  ['ending', 'Ending'],
  ['closed', 'Closed (ordinary ends)'],
  ['canceled', 'Canceled'],
  ['denied', 'Denied'],
];

export const TYPE_CHIPS: readonly Choice[] = [
  ['ssh', 'SSH'],
  ['rdp', 'RDP'],
  ['database', 'DB'],
  ['http', 'HTTP'],
];

export const MORE_TYPES: readonly Choice[] = [
  ['database', 'Databases: all of these'],
  ['postgres', 'PostgreSQL', true],
  ['mysql', 'MySQL', true],
  ['mssql', 'SQL Server', true],
  ['mongodb', 'MongoDB', true],
  ['redis', 'Redis', true],
  ['application', 'Applications'],
  ['kubernetes', 'Kubernetes'],
  ['tcp', 'TCP'],
  ['vnc', 'VNC'],
  ['vpn', 'VPN'],
];
