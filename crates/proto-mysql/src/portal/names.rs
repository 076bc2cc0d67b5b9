//! The names that an editor completes, read from the catalogue as any client reads them.

use std::collections::HashMap;

use engine::statements::{GaveUp, Names, Share, Table};
use proto_database::client::{Conversation as _, texts};

use super::connection::Connection;

/// Tables and functions that are listed at most.
const MOST: usize = 2000;

/// Columns that are listed of all tables together.
const COLUMNS: usize = 20_000;

/// How these statements begin, so that they are told from a person's own.
const MARK: &str = "/* doorward: names for the editor */";

/// The server's own schemas come last, the connection's first.
const ORDER: &str = "table_schema = database() desc, table_schema in ('information_schema', 'mysql', 'performance_schema', 'sys'), 1, 2";

/// Reads the names.
pub(super) async fn read(connection: &mut Connection) -> Result<Names, GaveUp> {
    let share = Share {
        rows: COLUMNS + 1,
        value: 256,
        bytes: 4 << 20,
    };
    let tables = format!(
        "{MARK} select table_schema, table_name, case table_type when 'VIEW' then 'view' when 'SYSTEM VIEW' then 'view' \
         else 'table' end from information_schema.tables order by {ORDER} limit {}",
        MOST + 1
    );
    let columns = format!(
        "{MARK} select table_schema, table_name, column_name from information_schema.columns \
         order by {ORDER}, ordinal_position limit {}",
        COLUMNS + 1
    );
    let functions = format!(
        "{MARK} select distinct routine_schema, routine_name from information_schema.routines where routine_schema <> 'sys' \
         order by 1, 2 limit {}",
        MOST + 1
    );
    let tables = connection.run(&tables, &[], share).await?;
    let columns = connection.run(&columns, &[], share).await?;
    let functions = connection.run(&functions, &[], share).await?;
    connection.give_up().await?;
    let more = tables.rows.len() > MOST || functions.rows.len() > MOST || columns.rows.len() > COLUMNS;
    let mut columns_of: HashMap<(String, String), Vec<String>> = HashMap::new();
    for mut row in texts(columns, COLUMNS) {
        if let (Some(column), Some(table), Some(schema)) = (row.pop(), row.pop(), row.pop()) {
            columns_of.entry((schema, table)).or_default().push(column);
        }
    }
    Ok(Names {
        tables: texts(tables, MOST)
            .filter_map(|mut row| {
                let (kind, name, schema) = (row.pop()?, row.pop()?, row.pop()?);
                let key = (schema, name);
                let columns = columns_of.remove(&key).unwrap_or_default();
                let (schema, name) = key;
                Some(Table {
                    schema,
                    name,
                    kind,
                    columns,
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
