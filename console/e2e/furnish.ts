/** Objects as organisations have them, with names as long as they come. */
import type { Gateway } from './gateway.ts';

export const LONG = 'eu-central-1.production.customer-data-warehouse.reporting-replica.postgres-primary-0042.internal.ex';

const words = 'Holds the reports that the finance department reads on the first working day of each month, and nothing else of theirs';

export async function furnish(gateway: Gateway): Promise<void> {
  const documents = [
    { kind: 'user', name: 'newcomer', spec: { password: 'nothing-yet-for-me', display_name: 'Noor Newcomer' } },
    { kind: 'user', name: 'olga', spec: { password: 'looks-at-everything', roles: ['auditor'], email: 'olga@example.org' } },
    {
      kind: 'user',
      name: 'wolfeschlegelsteinhausenbergerdorff.hubert-blaine.extern',
      spec: { display_name: 'Hubert Blaine Wolfeschlegelsteinhausenbergerdorff the Elder', email: 'hubert.blaine.wolfeschlegelsteinhausenbergerdorff@subsidiary.example.org', disabled: true },
    },
    { kind: 'group', name: 'night-shift', spec: { members: ['demo', 'olga'], description: words } },
    { kind: 'group', name: 'nobody-yet', spec: {} },
    { kind: 'resource', name: LONG, spec: { type: 'ssh', host: '198.51.100.42', labels: { env: 'production', 'cost-centre': '4711-finance-reporting', team: 'data-platform' }, description: words } },
    ...Array.from({ length: 12 }, (_, at) => ({
      kind: 'resource',
      name: `web-${String(at + 1).padStart(2, '0')}`,
      spec: { type: at % 3 === 0 ? 'tcp' : 'ssh', host: `192.0.2.${at + 10}`, port: at % 3 === 0 ? 9090 : 22, labels: { env: 'staging' }, description: 'A web server' },
    })),
    { kind: 'secret', name: 'reporting-password', spec: { value: 'not to be seen', description: words } },
    { kind: 'account', name: 'reporting-read-only', spec: { login: 'svc_reporting_read_only', secret: 'reporting-password', resources: { names: [LONG], labels: { env: 'production' } } } },
    { kind: 'account', name: 'own-password', spec: { login: 'deploy', resources: { names: ['*'] } } },
    { kind: 'profile', name: 'supervised', spec: { max_duration_secs: 7200, idle_timeout_secs: 0, recording: 'interactive', durability: 'strict', allow: ['shell'], networks: ['127.0.0.0/8', '2001:db8::/32'], hours: [{ days: ['sat', 'sun'], from: '22:00', to: '06:00', zone: 'Europe/Berlin' }, { from: '00:00', to: '24:00', zone: 'UTC' }] } },
    { kind: 'activity', name: 'reads-reports-for-a-while', spec: { type: 'postgres', administrator: 'reporting-read-only', before: [{ do: 'create_account' }, { do: 'grant', privileges: ['select'], on: 'tables reports' }, { do: 'run', command: 'COMMENT ON ROLE {account} IS {user}' }], description: words } },
    { kind: 'access_rule', name: 'reporting-for-the-night-shift', spec: { groups: ['night-shift'], resources: { names: [LONG] }, accounts: ['reporting-read-only', 'own-password'], profile: 'supervised', description: words } },
    { kind: 'retention', name: 'terminals-for-a-quarter', spec: { keep_secs: 7_776_000, types: ['ssh'], resources: { names: ['*'] }, description: words } },
    { kind: 'administrative_rule', name: 'the-elder-watches', spec: { users: ['wolfeschlegelsteinhausenbergerdorff.hubert-blaine.extern'], remote_access: 'selected', gateways: ['gateway-frankfurt-1'], resources: { names: [LONG], labels: { env: 'staging' } }, moderate: true, description: words } },
    { kind: 'access_rule', name: 'staging', spec: { groups: ['everyone'], resources: { labels: { env: 'staging' } }, accounts: ['own-password'] } },
    { kind: 'access_rule', name: 'not-on-weekends', spec: { effect: 'deny', users: ['olga'], resources: { names: ['*'] } } },
  ];
  await gateway.api('POST', '/v1/apply', { documents });
}
