//! Databases, tables and columns, from information_schema and in the order of MariaDB's driver.

use crate::column::{Column, Table, TableId};
use crate::connection::Connection;
use crate::error::SqlError;
use crate::mysql::types;

pub(crate) async fn catalogs(connection: &Connection) -> Result<Vec<String>, SqlError> {
    let rows = connection.text("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME", &[]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Without a catalog, the tables of all databases, or with the driver's property `nullDatabaseMeansCurrent` (in older ones
/// `nullCatalogMeansCurrent`) of the current one.
pub(crate) async fn tables(connection: &Connection, catalog: Option<&str>, name_pattern: &str) -> Result<Vec<Table>, SqlError> {
    let settings = connection.settings();
    let means_current = settings.is_set("nullDatabaseMeansCurrent") || settings.is_set("nullCatalogMeansCurrent");
    let of = match catalog {
        Some("") => "TABLE_SCHEMA = DATABASE()",
        Some(_) => "TABLE_SCHEMA = ?",
        None if means_current => "TABLE_SCHEMA = DATABASE()",
        None => "TRUE",
    };
    let statement = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, CASE TABLE_TYPE WHEN 'BASE TABLE' THEN 'TABLE' WHEN 'SYSTEM VERSIONED' THEN 'TABLE' ELSE TABLE_TYPE END AS T \
         FROM information_schema.TABLES WHERE {of} AND TABLE_NAME LIKE ? ORDER BY T, TABLE_SCHEMA, TABLE_NAME"
    );
    let values: Vec<Option<&str>> = catalog.filter(|name| !name.is_empty()).into_iter().chain([name_pattern]).map(Some).collect();
    let rows = connection.text(&statement, &values).await?;
    let table = |row: Vec<Option<String>>| match <[Option<String>; 3]>::try_from(row) {
        Ok([catalog, Some(name), Some(type_)]) => Some(Table { id: TableId { catalog, schema: None, name }, type_ }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(table).collect())
}

/// A table's own database, or the current one. MySQL's driver calls it catalog, and users write it where others have a schema.
fn database(table: &TableId) -> Option<&str> {
    table.catalog.as_deref().or(table.schema.as_deref())
}

pub(crate) async fn columns(connection: &Connection, table: &TableId) -> Result<Vec<Column>, SqlError> {
    let statement = "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, IS_NULLABLE, EXTRA, \
                     COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? \
                     ORDER BY ORDINAL_POSITION";
    let rows = connection.text(statement, &[database(table), Some(&table.name)]).await?;
    Ok(rows.iter().filter_map(|row| column(row)).collect())
}

fn column(row: &[Option<String>]) -> Option<Column> {
    let text = |index: usize| row.get(index).and_then(Option::as_deref);
    let number = |index: usize| text(index).and_then(|text| text.parse().ok());
    let mut column = types::of_table(text(0)?, text(1)?, text(2)?, number(3), number(4), number(5));
    let extra = text(7).unwrap_or_default().to_ascii_lowercase();
    column.nullable = Some(text(6)? == "YES");
    column.auto_increment = extra.contains("auto_increment");
    if extra.contains("generated") && !extra.contains("default_generated") {
        column.options.push(("generated".to_owned(), "true".to_owned()));
    }
    if let Some(default) = text(8) {
        column.options.push(("default".to_owned(), default.to_owned()));
    }
    Some(column)
}

pub(crate) async fn primary_keys(connection: &Connection, table: &TableId) -> Result<Vec<String>, SqlError> {
    let statement = "SELECT COLUMN_NAME FROM information_schema.STATISTICS \
                     WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX";
    let rows = connection.text(statement, &[database(table), Some(&table.name)]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}
