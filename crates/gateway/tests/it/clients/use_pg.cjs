// What node-postgres does; prints what came of it. Where the server is comes from the environment of libpq.
const { Client, Pool } = require('pg');

const said = (what, value) => console.log(what, JSON.stringify(value));

async function main() {
  const client = new Client();
  await client.connect();
  said('simple', (await client.query('select 1 as one; select 2 as two')).map((result) => result.rows));
  said('parameters', (await client.query('select $1::int + 1 as n, $2::jsonb as j, $3::bytea as b', [41, { a: [1, null] }, Buffer.from([0, 255])])).rows);
  for (const n of [1, 2, 3]) {
    said('named', (await client.query({ name: 'twice', text: 'select $1::int * 2 as n', values: [n], rowMode: 'array' })).rows);
  }
  await client.query('begin');
  for (const text of ['select nothing', 'select 1', 'gibberish']) {
    try {
      await client.query(text);
    } catch (error) {
      said('error', [error.code, error.message, error.position]);
    }
  }
  await client.query('rollback');
  said('fields', (await client.query("select 'x'::varchar(7) as a, 2.50::numeric as b, null as c")).fields.map((one) => [one.name, one.dataTypeID]));
  client.on('notice', (notice) => said('notice', notice.message));
  await client.query("do $$ begin raise notice 'hello'; end $$");
  const heard = new Promise((resolve) => client.once('notification', resolve));
  await client.query('listen news');
  await client.query("notify news, 'from node'");
  said('heard', (await heard).payload);
  await client.end();

  const pool = new Pool({ max: 4 });
  const sums = await Promise.all([...Array(40).keys()].map((n) => pool.query('select sum(g)::int as s from generate_series(1, $1) g', [n])));
  said('pool', sums.map((result) => result.rows[0].s));
  await pool.end();
}

main().catch((error) => {
  console.error(error.code, error.message);
  process.exit(1);
});
