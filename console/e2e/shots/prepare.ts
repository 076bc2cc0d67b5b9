/** Sessions of every kind, as pictures need them. */
import { spawn, spawnSync } from 'node:child_process';
import { binary, type Gateway } from '../gateway.ts';
import { ALICE, endings, furnish, LONG, plainTcp, touchFiles, until } from '../scene.ts';
import { Shell } from '../shell.ts';
import { Database, printed, programs } from '../sql.ts';
import { REVIEWED } from './reviews.ts';
import type { Cast } from './shot.ts';
import { giveFactors } from './signing-in.ts';

/** Statements of several kinds, one of which fails. */
const STATEMENTS = `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, customer text NOT NULL, total numeric(10,2), placed_at timestamptz DEFAULT now());
INSERT INTO orders (customer, total) SELECT 'customer ' || n, n * 9.99 FROM generate_series(1, 400) AS n;
SELECT id, customer, total FROM orders ORDER BY total DESC LIMIT 12;
SELECT customer, count(*) AS orders, sum(total) AS total FROM orders WHERE placed_at > now() - interval '30 days' GROUP BY customer HAVING sum(total) > 100 ORDER BY total DESC LIMIT 5;
UPDATE orders SET total = total * 0.9 WHERE customer = 'customer 7';
SELECT * FROM no_such_table;
DELETE FROM orders WHERE id > 390;`;

/** A look at the databases of the demo with their own clients, carried by the command line. */
const CLIENTS = {
  'demo-mariadb': (port: string) => spawnSync('mariadb', ['--no-defaults', '--protocol=tcp', '--skip-ssl', '-h', '127.0.0.1', '-P', port, '-u', 'demo', 'demo', '-f', '-e', 'SELECT id, customer, total FROM orders LIMIT 5; SELECT customer, count(*), sum(total) FROM orders GROUP BY customer; UPDATE orders SET total = total WHERE id = 7; SELECT * FROM no_such_table'], { timeout: 20_000 }),
  'demo-redis': (port: string) => spawnSync('redis-cli', ['-h', '127.0.0.1', '-p', port], { input: 'HGETALL order:1\nSET greeting "hello there"\nGET greeting\nKEYS order:1*\nINCR greeting\n', timeout: 20_000 }),
};

async function lookAtDatabases(gateway: Gateway): Promise<void> {
  for (const [name, run] of Object.entries(CLIENTS)) {
    const carrier = spawn(binary(), ['connect', name, '--listen', '127.0.0.1:0'], {
      env: { ...process.env, DOORWARD_ADDR: gateway.url, DOORWARD_TOKEN: gateway.user('demo').token },
    });
    const port = await printed(carrier, /127\.0\.0\.1:(\d+)/);
    const { error } = run(port);
    if (error !== undefined) console.error(`${name}: ${error.message}`);
    carrier.kill('SIGTERM');
  }
}

interface Asked {
  session_id: string;
}

/** Requests of all kinds, and what became of them. */
async function ask(gateway: Gateway, cast: Cast): Promise<void> {
  await gateway.api('POST', '/v1/apply', {
    documents: [
      { kind: 'group', name: 'leads', spec: { members: ['olga'], description: 'Those who decide' } },
      { kind: 'group', name: 'on-call', spec: { members: ['demo'] } },
      { kind: 'resource', name: REVIEWED, spec: { type: 'ssh', host: '198.51.100.77', description: 'Salaries of everybody', labels: { env: 'production' } } },
      {
        kind: 'profile',
        name: 'reviewed',
        spec: { approval: { review: { tiers: [{ groups: ['leads'] }, { groups: ['night-shift'], users: ['olga'], needed: 2 }], admins: true }, covers_secs: 14_400, reason: true, ticket: 'OPS-#', break_glass: ['on-call'] } },
      },
      { kind: 'profile', name: 'reviewed-once', spec: { approval: { review: { admins: true }, covers_secs: 14_400 } } },
    ],
  });
  const under = (profile: string) => gateway.api('PUT', '/v1/objects/access_rule/payroll', { spec: { users: ['demo'], resources: { names: [REVIEWED] }, accounts: ['own-password'], profile } });
  const request = async (reason: string, more: object = {}) => {
    const { session_id: id } = (await gateway.api('POST', '/v1/requests', { resource: REVIEWED, ticket: 'OPS-4711', reason, ...more }, 'demo')) as Asked;
    return { id, approval: await pending(gateway, id) };
  };
  const vote = (approval: string, verb: string, comment: string) => gateway.api('POST', `/v1/approvals/${approval}:${verb}`, { comment });
  await under('reviewed-once');
  const tomorrow = { starts_at: new Date(Date.now() + 86_400_000).toISOString(), duration_secs: 7200 };
  for (const [word, more] of [['available', {}], ['scheduled', tomorrow]] as const) {
    const { id, approval } = await request('The monthly run, in the window that was agreed upon', more);
    await vote(approval, 'approve', 'Go ahead');
    cast[word] = id;
  }
  await under('reviewed');
  const no = await request('Let me see whether it works');
  await vote(no.approval, 'deny', 'Not on payday; ask again tomorrow, with a ticket that says what is broken');
  cast['review-denied'] = no.id;
  cast['denied-request'] = no.approval;
  const waits = await request('The nightly export of the payroll has stopped at the record of an employee with two contracts, and finance needs it before nine; I have to look at the log and restart it');
  cast['waiting'] = waits.id;
  cast['asked'] = waits.approval;
  await request('Disk full');
}

/** The request that a session waits for. */
async function pending(gateway: Gateway, session: string): Promise<string> {
  const { approvals } = (await gateway.api('GET', '/v1/approvals?state=pending')) as { approvals: { id: string; session_id: string }[] };
  return approvals.find((one) => one.session_id === session)?.id ?? '';
}

/** A statement that is refused, and one that waits. */
async function holdStatements(gateway: Gateway, database: Database, cast: Cast, leave: (() => Promise<unknown> | void)[]): Promise<void> {
  const statements = [
    { name: 'no changes of the schema', deny: ['ddl', 'grant'], message: 'ask the owners of the database' },
    { name: 'whole tables wait', hold: ['write_all'], review: { tiers: [{ groups: ['leads'] }], admins: true }, tables: ['public.*'], hours: '00:00-23:59' },
  ];
  await gateway.api('PUT', '/v1/objects/profile/orders', { spec: { statements } });
  const psql = await database.open();
  leave.unshift(() => psql.kill());
  await psql.run('DROP TABLE orders;');
  void psql.run("UPDATE orders SET total = round(total * 1.19, 2), customer = upper(customer) || ' (with tax)';").catch(() => {});
  const { session_id: id } = await until(gateway, 'status=active', (rows) => rows.find((row) => row['hold'] !== null));
  cast['held'] = id;
  cast['held-request'] = await pending(gateway, id);
}

export async function prepare(gateway: Gateway, leave: (() => Promise<unknown> | void)[]): Promise<Cast> {
  await furnish(gateway);
  await gateway.api('POST', '/v1/apply', {
    documents: [
      { kind: 'profile', name: 'demo', spec: { max_duration_secs: 3600, idle_timeout_secs: 0, owner_extension_secs: 3600 } },
      { kind: 'access_rule', name: 'with-own-password', spec: { users: ['demo'], resources: { names: ['demo-host'] }, accounts: ['own-password'] } },
    ],
  });
  const cast: Cast = {};
  const remember = async (word: string, query: string, resource: string) => {
    cast[word] = (await until(gateway, query, (rows) => rows.find((row) => row.resource.name === resource))).session_id;
  };
  await touchFiles(gateway);
  await remember('files', 'status=completed', 'demo-host');
  await endings(gateway);
  await plainTcp(gateway);
  await remember('long', 'status=completed', LONG);
  await remember('failed', 'status=failed', 'nobody-listens');
  await remember('denied', 'status=denied', 'not-for-you');
  await remember('terminated', 'status=terminated', 'demo-host');
  await remember('tcp', 'status=all', 'demo-web');

  const shell = (options?: Parameters<typeof Shell.open>[2]) => {
    const made = Shell.open(gateway, [], options);
    leave.push(() => made.close());
    return made;
  };
  const work = shell();
  await work.shows('being recorded');
  for (const line of ['uname -a', 'ls -l --color=always /etc | head -25', 'ls /no/such/folder', 'seq 1 60', 'echo a-very-long-line-$(seq -s- 1 120)']) work.type(`${line}\n`);
  work.type('echo finished-$((6*7)); exit\n');
  await work.shows('finished-42');
  await work.ended;
  cast['replay'] = (await until(gateway, 'status=completed&sort=created_at:desc', (rows) => rows.find((row) => row.resource.name === 'demo-host' && Number(row['bytes_down']) > 2000))).session_id;

  for (const users of [['olga', 'newcomer'], ['wolfeschlegelsteinhausenbergerdorff.hubert-blaine.extern']]) {
    const share = (await gateway.api('POST', `/v1/sessions/${cast['replay']}/shares`, { users, note: 'Please look at the end of it' })) as { id: string };
    if (users.length === 1) await gateway.api('DELETE', `/v1/sessions/${cast['replay']}/shares/${share.id}`);
  }
  await giveFactors(gateway);
  await ask(gateway, cast);
  await lookAtDatabases(gateway);
  await remember('mysql', 'status=all', 'demo-mariadb');
  await remember('redis', 'status=all', 'demo-redis');

  if (programs() !== undefined) {
    const database = await Database.start(gateway);
    leave.unshift(() => database.stop());
    const once = await database.open();
    await once.run(STATEMENTS);
    await once.close();
    await remember('sql', 'status=completed', database.name);
    const open = await database.open();
    await open.run('SELECT current_user, version();');
    leave.unshift(() => open.close());
    await remember('sql-live', 'status=active', database.name);
    await holdStatements(gateway, database, cast, leave);
  }

  const held = shell({ user: ALICE, resource: LONG });
  await held.shows('being recorded');
  held.type('top -b -n 1 | head -20\n');
  await remember('locked', 'status=active', LONG);
  await gateway.api('POST', `/v1/sessions/${cast['locked']}:lock`, { title: 'Maintenance of the reporting replica', message: 'Please call the service desk before you go on, and say the number of your change' });

  const live = shell();
  await live.shows('being recorded');
  live.type('PS1="$ "; ls -l --color=always /etc | head -20\n');
  await live.shows('total');
  await remember('live', 'status=active', 'demo-host');
  for (let n = 0; n < 3; n += 1) {
    const other = shell();
    await other.shows('being recorded');
    other.type(`PS1="$ "; while sleep 1; do echo "tile ${n}: $(date)"; done\n`);
  }
  return cast;
}
