//! PostgreSQL.

use caisson_sdk::Type;
use caisson_sdk::data::logical::LogicalType;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind, Literals};
use crate::dialect::statement::Target;

/// Constants.
pub const LITERALS: Literals = Literals { booleans: ("TRUE", "FALSE"), bytes: ("'\\x", "'"), backslash_escapes: false };

/// Types that a text becomes one of only when it is told to.
const CAST: [&str; 9] = ["json", "jsonb", "uuid", "xml", "inet", "cidr", "macaddr", "citext", "ltree"];

/// `$1`, or `$1::jsonb` for a column of such a type.
pub fn cast(mark: String, type_: Option<&str>) -> String {
    match type_ {
        Some(type_) if CAST.contains(&type_) => format!("{mark}::{type_}"),
        _ => mark,
    }
}

/// `INSERT … ON CONFLICT (a) DO UPDATE SET b=EXCLUDED.b`
pub fn upsert(sql: Sql, target: &Target<'_>, rows: usize) -> String {
    let columns = sql.list(target.bound(), ",", |_, name| name);
    let values = sql.values(target, rows);
    let keys = sql.list(target.keys.iter().copied(), ",", |_, name| name);
    let table = sql.names.table(target.table);
    let head = format!("INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT ({keys}) DO ");
    if target.others.is_empty() {
        return head + "NOTHING";
    }
    let set = sql.list(target.others.iter().copied(), ",", |_, name| format!("{name}=EXCLUDED.{name}"));
    format!("{head}UPDATE SET {set}")
}

/// The type of a column; none: there is none for its schema.
pub fn type_of(column: &Column) -> Option<String> {
    if column.schema.type_() == Type::Array {
        let items = Column { name: String::new(), schema: column.schema.value_schema()?.clone(), is_key: false };
        return type_of(&items).filter(|type_| !type_.ends_with(']')).map(|type_| type_ + "[]");
    }
    let type_ = match Kind::of(&column.schema) {
        Kind::Logical(LogicalType::Decimal) => "DECIMAL",
        Kind::Logical(LogicalType::Date) => "DATE",
        Kind::Logical(LogicalType::Time) => "TIME",
        Kind::Logical(LogicalType::Timestamp) => "TIMESTAMP",
        Kind::Plain(Type::Int8 | Type::Int16) => "SMALLINT",
        Kind::Plain(Type::Int32) => "INT",
        Kind::Plain(Type::Int64) => "BIGINT",
        Kind::Plain(Type::Float32) => "REAL",
        Kind::Plain(Type::Float64) => "DOUBLE PRECISION",
        Kind::Plain(Type::Boolean) => "BOOLEAN",
        Kind::Plain(Type::String) => "TEXT",
        Kind::Plain(Type::Bytes) => "BYTEA",
        Kind::Plain(_) => return None,
    };
    Some(type_.to_owned())
}
