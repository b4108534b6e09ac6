//! Tables and columns, from SQLite's own schema and in the order of sqlite-jdbc.

use crate::column::{Column, Table, TableId};
use crate::connection::Connection;
use crate::error::SqlError;
use crate::sqlite::types;

pub(crate) async fn tables(connection: &Connection, name_pattern: &str) -> Result<Vec<Table>, SqlError> {
    let statement = "SELECT name, CASE WHEN name LIKE 'sqlite\\_%' ESCAPE '\\' THEN 'SYSTEM TABLE' ELSE upper(type) END AS t FROM \
                     (SELECT 'sqlite_schema' AS name, 'table' AS type UNION ALL SELECT name, type FROM sqlite_schema \
                      UNION ALL SELECT name, type FROM sqlite_temp_schema) WHERE type IN ('table', 'view') AND name LIKE ?1 ESCAPE '\\' ORDER BY t, name";
    let rows = connection.text(statement, &[Some(name_pattern)]).await?;
    let table = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), Some(type_)]) => Some(Table { id: TableId { catalog: None, schema: None, name }, type_ }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(table).collect())
}

/// 2 and 3: a generated column.
const COLUMNS: &str = "SELECT name, type, \"notnull\", dflt_value, pk, hidden, \
      EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1) AND upper(sql) LIKE '%AUTOINCREMENT%') \
    FROM pragma_table_xinfo(?1) WHERE hidden <> 1";

pub(crate) async fn columns(connection: &Connection, table: &TableId) -> Result<Vec<Column>, SqlError> {
    let rows = connection.text(COLUMNS, &[Some(&table.name)]).await?;
    Ok(rows.iter().filter_map(|row| column(row)).collect())
}

fn column(row: &[Option<String>]) -> Option<Column> {
    let text = |index: usize| row.get(index).and_then(Option::as_deref);
    let mut column = types::column(text(0)?, text(1).filter(|declared| !declared.is_empty()), None);
    column.nullable = Some(text(2) == Some("0"));
    column.auto_increment = text(6) == Some("1") && text(4) == Some("1") && column.type_name == "INTEGER";
    if matches!(text(5), Some("2" | "3")) {
        column.options.push(("generated".to_owned(), "true".to_owned()));
    }
    if let Some(default) = text(3) {
        column.options.push(("default".to_owned(), default.to_owned()));
    }
    Some(column)
}

pub(crate) async fn primary_keys(connection: &Connection, table: &TableId) -> Result<Vec<String>, SqlError> {
    let rows = connection.text("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", &[Some(&table.name)]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}
