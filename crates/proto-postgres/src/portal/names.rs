//! The names that an editor completes, read from the catalogue as any client reads them.

use engine::statements::{GaveUp, Names, Share, Table};
use proto_database::client::{Conversation as _, texts};

use super::connection::Connection;

/// Tables and functions that are listed at most.
const MOST: usize = 2000;

/// Columns that are listed of one table.
const COLUMNS: usize = 300;

/// How these statements begin, so that they are told from a person's own.
const MARK: &str = "/* doorward: names for the editor */";

/// Reads the names.
pub(super) async fn read(connection: &mut Connection) -> Result<Names, GaveUp> {
    let share = Share {
        rows: MOST + 1,
        value: 64 << 10,
        bytes: 4 << 20,
    };
    let tables = format!(
        "{MARK} select n.nspname, c.relname, case c.relkind when 'v' then 'view' when 'm' then 'materialized view' \
         when 'f' then 'foreign table' else 'table' end, \
         array_to_string(array(select a.attname from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 \
         and not a.attisdropped order by a.attnum limit {COLUMNS}), e'\\x01') \
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r','p','v','m','f') and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%' \
         and pg_catalog.has_schema_privilege(n.oid, 'usage') \
         order by n.nspname in ('pg_catalog', 'information_schema'), 1, 2 limit {}",
        MOST + 1
    );
    let functions = format!(
        "{MARK} select distinct n.nspname, p.proname from pg_catalog.pg_proc p \
         join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
         where n.nspname not in ('pg_catalog', 'information_schema') and pg_catalog.has_schema_privilege(n.oid, 'usage') \
         order by 1, 2 limit {}",
        MOST + 1
    );
    let tables = connection.run(&tables, &[], share).await?;
    let functions = connection.run(&functions, &[], share).await?;
    let more = [&tables, &functions]
        .iter()
        .any(|part| part.more || part.rows.len() > MOST);
    connection.give_up().await?;
    Ok(Names {
        tables: texts(tables, MOST)
            .filter_map(|mut row| {
                let columns = row.pop()?;
                let (kind, name, schema) = (row.pop()?, row.pop()?, row.pop()?);
                let columns = columns.split('\u{1}').filter(|name| !name.is_empty());
                Some(Table {
                    schema,
                    name,
                    kind,
                    columns: columns.map(str::to_owned).collect(),
                })
            })
            .collect(),
        functions: texts(functions, MOST)
            .filter_map(|mut row| {
                let (name, schema) = (row.pop()?, row.pop()?);
                Some((schema, name))
            })
            .collect(),
        more,
    })
}
