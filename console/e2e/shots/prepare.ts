/** Sessions of every kind, as pictures need them. */
import type { Gateway } from '../gateway.ts';
import { ALICE, endings, furnish, LONG, plainTcp, touchFiles, until } from '../scene.ts';
import { Shell } from '../shell.ts';
import { Database, programs } from '../sql.ts';
import type { Cast } from './shot.ts';

/** Statements of several kinds, one of which fails. */
const STATEMENTS = `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, customer text NOT NULL, total numeric(10,2), placed_at timestamptz DEFAULT now());
INSERT INTO orders (customer, total) SELECT 'customer ' || n, n * 9.99 FROM generate_series(1, 400) AS n;
SELECT id, customer, total FROM orders ORDER BY total DESC LIMIT 12;
SELECT customer, count(*) AS orders, sum(total) AS total FROM orders WHERE placed_at > now() - interval '30 days' GROUP BY customer HAVING sum(total) > 100 ORDER BY total DESC LIMIT 5;
UPDATE orders SET total = total * 0.9 WHERE customer = 'customer 7';
SELECT * FROM no_such_table;
DELETE FROM orders WHERE id > 390;`;

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
