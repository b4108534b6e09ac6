//! Tables and columns, from PostgreSQL's catalog and in the order of pgjdbc.

use std::collections::HashMap;

use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Statement};

use crate::column::{Column, Table, TableId};
use crate::connection::Connection;
use crate::error::SqlError;
use crate::postgres::types;

pub(crate) async fn catalogs(connection: &Connection) -> Result<Vec<String>, SqlError> {
    let rows =
        connection.text("SELECT datname::text FROM pg_catalog.pg_database WHERE datallowconn ORDER BY datname", &[]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

pub(crate) async fn schemas(connection: &Connection) -> Result<Vec<String>, SqlError> {
    let statement = "SELECT nspname::text FROM pg_catalog.pg_namespace \
        WHERE nspname <> 'pg_toast' AND nspname !~ '^pg_(toast_)?temp_' ORDER BY nspname";
    let rows = connection.text(statement, &[]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// The types are pgjdbc's: those of the system's own schemas are named apart.
const TABLES: &str = "SELECT n.nspname::text, c.relname::text, \
      CASE WHEN n.nspname ~ '^pg_' OR n.nspname = 'information_schema' \
        THEN CASE WHEN c.relkind IN ('r', 'p') THEN 'SYSTEM TABLE' WHEN c.relkind = 'v' THEN 'SYSTEM VIEW' ELSE 'SYSTEM OTHER' END \
        ELSE CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' \
          WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'OTHER' END END AS type \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ($1::text IS NULL OR n.nspname LIKE $1::text) AND c.relname LIKE $2::text \
    ORDER BY type, n.nspname, c.relname";

pub(crate) async fn tables(
    connection: &Connection,
    schema_pattern: Option<&str>,
    name_pattern: &str,
) -> Result<Vec<Table>, SqlError> {
    let rows = connection.text(TABLES, &[schema_pattern, Some(name_pattern)]).await?;
    let table = |row: Vec<Option<String>>| match <[Option<String>; 3]>::try_from(row) {
        Ok([schema, Some(name), Some(type_)]) => Some(Table { id: TableId { catalog: None, schema, name }, type_ }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(table).collect())
}

/// The first table of that name on the search path, or that of the schema.
const FIND: &str = "WITH t AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relname = $2::text AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
      AND (n.nspname = $1::text OR ($1::text IS NULL AND n.nspname = ANY (current_schemas(true)))) \
    ORDER BY array_position(current_schemas(true), n.nspname) LIMIT 1)";

const COLUMNS: &str = " SELECT a.attname::text, a.atttypid::text, a.atttypmod::text, \
      (a.attnotnull OR (t0.typtype = 'd' AND t0.typnotnull))::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid), \
      (a.attidentity <> '')::text, (a.attgenerated <> '')::text, \
      (CASE WHEN t0.typtype = 'd' THEN t0.typbasetype ELSE a.atttypid END)::text, \
      (CASE WHEN t0.typtype = 'd' THEN t0.typtypmod ELSE a.atttypmod END)::text, \
      (SELECT b.typname::text FROM pg_catalog.pg_type b WHERE b.oid = CASE WHEN t0.typtype = 'd' THEN t0.typbasetype ELSE a.atttypid END), \
      (SELECT b.typtype::text FROM pg_catalog.pg_type b WHERE b.oid = CASE WHEN t0.typtype = 'd' THEN t0.typbasetype ELSE a.atttypid END) \
    FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid JOIN pg_catalog.pg_type t0 ON t0.oid = a.atttypid \
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

pub(crate) async fn columns(connection: &Connection, table: &TableId) -> Result<Vec<Column>, SqlError> {
    let rows = connection.text(&format!("{FIND}{COLUMNS}"), &[table.schema.as_deref(), Some(&table.name)]).await?;
    Ok(rows.iter().filter_map(|row| column(row)).collect())
}

fn column(row: &[Option<String>]) -> Option<Column> {
    let text = |index: usize| row.get(index).and_then(Option::as_deref);
    let is_true = |index: usize| text(index) == Some("true");
    let oid: Oid = text(7)?.parse().ok()?;
    let type_ = Type::from_oid(oid).unwrap_or_else(|| {
        let kind = match text(10) {
            Some("e") => tokio_postgres::types::Kind::Enum(Vec::new()),
            Some("c") => tokio_postgres::types::Kind::Composite(Vec::new()),
            _ => tokio_postgres::types::Kind::Simple,
        };
        Type::new(text(9).unwrap_or_default().to_owned(), oid, kind, String::new())
    });
    let mut column = types::column(text(0)?, &type_, text(8)?.parse().ok()?);
    column.nullable = Some(!is_true(3));
    column.auto_increment = is_true(5) || text(4).is_some_and(is_sequence);
    if is_true(6) {
        column.options.push(("generated".to_owned(), "true".to_owned()));
    }
    if let Some(default) = text(4) {
        column.options.push(("default".to_owned(), default.to_owned()));
    }
    name_serial(&mut column);
    Some(column)
}

fn is_sequence(default: &str) -> bool {
    default.contains("nextval(")
}

/// What pgjdbc calls a number that the database counts.
fn name_serial(column: &mut Column) {
    let name = match (column.auto_increment, column.type_name.as_str()) {
        (true, "int2") => "smallserial",
        (true, "int4") => "serial",
        (true, "int8") => "bigserial",
        _ => return,
    };
    column.type_name = name.to_owned();
}

const PRIMARY_KEYS: &str = " SELECT a.attname::text FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisprimary \
      JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey) \
    ORDER BY array_position(i.indkey::int2[], a.attnum)";

pub(crate) async fn primary_keys(connection: &Connection, table: &TableId) -> Result<Vec<String>, SqlError> {
    let rows = connection.text(&format!("{FIND}{PRIMARY_KEYS}"), &[table.schema.as_deref(), Some(&table.name)]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

const OF_RESULT: &str = "SELECT a.attrelid, a.attnum, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull), \
      a.attidentity <> '' OR COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%', false) \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0";

/// The columns of a statement's result. Whether one may be null, and whether it is counted, only its table knows.
pub(super) async fn of_result(client: &Client, statement: &Statement) -> Result<Vec<Column>, tokio_postgres::Error> {
    let mut tables: Vec<Oid> = statement.columns().iter().filter_map(tokio_postgres::Column::table_oid).collect();
    tables.sort_unstable();
    tables.dedup();
    let mut known: HashMap<(Oid, i16), (bool, bool)> = HashMap::new();
    if !tables.is_empty() {
        for row in client.query(OF_RESULT, &[&tables]).await? {
            known.insert((row.try_get(0)?, row.try_get(1)?), (row.try_get(2)?, row.try_get(3)?));
        }
    }
    let described = |described: &tokio_postgres::Column| {
        let mut column = types::column(described.name(), described.type_(), described.type_modifier());
        let place = described.table_oid().zip(described.column_id());
        if let Some((not_null, counted)) = place.and_then(|place| known.get(&place)) {
            column.nullable = Some(!not_null);
            column.auto_increment = *counted;
            name_serial(&mut column);
        }
        column
    };
    Ok(statement.columns().iter().map(described).collect())
}
