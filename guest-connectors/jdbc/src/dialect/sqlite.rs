//! SQLite.

use caisson_sdk::Type;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind};
use crate::dialect::statement::{Marks, Target};

/// `INSERT OR REPLACE INTO t(a,b) VALUES(?,?)`
pub fn upsert(sql: Sql, target: &Target<'_>) -> String {
    let columns = sql.list(target.bound(), ",", |_, name| name);
    let mut marks = Marks::new(sql);
    let values = sql.list(target.bound(), ",", |_, _| marks.mark());
    format!("INSERT OR REPLACE INTO {}({columns}) VALUES({values})", sql.names.table(target.table))
}

/// The type of a column; none: there is none for its schema. SQLite has no types for times: they are numbers of milliseconds.
pub fn type_of(column: &Column) -> Option<String> {
    let type_ = match Kind::of(&column.schema) {
        Kind::Logical(_) => "NUMERIC",
        Kind::Plain(Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 | Type::Boolean) => "INTEGER",
        Kind::Plain(Type::Float32 | Type::Float64) => "REAL",
        Kind::Plain(Type::String) => "TEXT",
        Kind::Plain(Type::Bytes) => "BLOB",
        Kind::Plain(_) => return None,
    };
    Some(type_.to_owned())
}
