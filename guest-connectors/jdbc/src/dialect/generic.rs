//! Statements and types of the SQL standard.

use caisson_sdk::Type;
use caisson_sdk::data::logical::LogicalType;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind, Literals};
use crate::dialect::statement::{Marks, Target};

/// Around names.
pub const QUOTES: (char, char) = ('"', '"');
/// Constants.
pub const LITERALS: Literals = Literals { booleans: ("1", "0"), bytes: ("x'", "'"), backslash_escapes: false };

/// `INSERT INTO t(a,b) VALUES(?,?)`
pub fn insert(sql: Sql, target: &Target<'_>, rows: usize) -> String {
    let columns = sql.list(target.bound(), ",", |_, name| name);
    format!("INSERT INTO {}({columns}) VALUES{}", sql.names.table(target.table), sql.values(target, rows))
}

/// `UPDATE t SET b = ? WHERE a = ?`
pub fn update(sql: Sql, target: &Target<'_>) -> String {
    let mut marks = Marks::new(sql);
    let others = target.others.iter().copied();
    let set = sql.list(others, ", ", |column, name| format!("{name} = {}", marks.mark_of(target, column)));
    format!("UPDATE {} SET {set}{}", sql.names.table(target.table), by_keys(sql, target, &mut marks))
}

/// `DELETE FROM t WHERE a = ?`
pub fn delete(sql: Sql, target: &Target<'_>) -> String {
    format!("DELETE FROM {}{}", sql.names.table(target.table), by_keys(sql, target, &mut Marks::new(sql)))
}

fn by_keys(sql: Sql, target: &Target<'_>, marks: &mut Marks) -> String {
    if target.keys.is_empty() {
        return String::new();
    }
    let keys = target.keys.iter().copied();
    format!(" WHERE {}", sql.list(keys, " AND ", |column, name| format!("{name} = {}", marks.mark_of(target, column))))
}

/// The type of a column; none: there is none for its schema.
pub fn type_of(column: &Column) -> Option<String> {
    Some(match Kind::of(&column.schema) {
        Kind::Logical(LogicalType::Decimal) => format!("DECIMAL(38,{})", column.scale().ok()?),
        Kind::Logical(LogicalType::Date) => "DATE".to_owned(),
        Kind::Logical(LogicalType::Time) => "TIME".to_owned(),
        Kind::Logical(LogicalType::Timestamp) => "TIMESTAMP".to_owned(),
        Kind::Plain(Type::Int8 | Type::Int16) => "SMALLINT".to_owned(),
        Kind::Plain(Type::Int32) => "INTEGER".to_owned(),
        Kind::Plain(Type::Int64) => "BIGINT".to_owned(),
        Kind::Plain(Type::Float32) => "REAL".to_owned(),
        Kind::Plain(Type::Float64) => "DOUBLE PRECISION".to_owned(),
        Kind::Plain(Type::Boolean) => "BOOLEAN".to_owned(),
        Kind::Plain(Type::String) => "VARCHAR(256)".to_owned(),
        Kind::Plain(Type::Bytes) => "VARBINARY(1024)".to_owned(),
        Kind::Plain(_) => return None,
    })
}
