//! Oracle.

use caisson_sdk::Type;
use caisson_sdk::data::logical::LogicalType;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind, Literals};
use crate::dialect::statement::{Marks, Target};

/// Constants.
pub const LITERALS: Literals = Literals { booleans: ("1", "0"), bytes: ("HEXTORAW('", "')"), backslash_escapes: false };

/// `MERGE INTO t USING (SELECT ? a, ? b FROM dual) incoming ON (…) …`
pub fn upsert(sql: Sql, target: &Target<'_>) -> String {
    let table = sql.names.table(target.table);
    let mut marks = Marks::new(sql);
    let values = sql.list(target.bound(), ", ", |_, name| format!("{} {name}", marks.mark()));
    let on = sql.list(target.keys.iter().copied(), " AND ", |_, name| format!("{table}.{name}=incoming.{name}"));
    let mut statement = format!("MERGE INTO {table} USING (SELECT {values} FROM dual) incoming ON ({on})");
    if !target.others.is_empty() {
        let set = sql.list(target.others.iter().copied(), ",", |_, name| format!("{table}.{name}=incoming.{name}"));
        statement.push_str(&format!(" WHEN MATCHED THEN UPDATE SET {set}"));
    }
    let columns = sql.list(target.bound(), ",", |_, name| format!("{table}.{name}"));
    let incoming = sql.list(target.bound(), ",", |_, name| format!("incoming.{name}"));
    statement.push_str(&format!(" WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({incoming})"));
    statement
}

/// The type of a column; none: there is none for its schema.
pub fn type_of(column: &Column) -> Option<String> {
    let type_ = match Kind::of(&column.schema) {
        Kind::Logical(LogicalType::Decimal) => return Some(format!("NUMBER(*,{})", column.scale().ok()?)),
        Kind::Logical(LogicalType::Date | LogicalType::Time) => "DATE",
        Kind::Logical(LogicalType::Timestamp) => "TIMESTAMP",
        Kind::Plain(Type::Int8) => "NUMBER(3,0)",
        Kind::Plain(Type::Int16) => "NUMBER(5,0)",
        Kind::Plain(Type::Int32) => "NUMBER(10,0)",
        Kind::Plain(Type::Int64) => "NUMBER(19,0)",
        Kind::Plain(Type::Float32) => "BINARY_FLOAT",
        Kind::Plain(Type::Float64) => "BINARY_DOUBLE",
        Kind::Plain(Type::Boolean) => "NUMBER(1,0)",
        Kind::Plain(Type::String) => "VARCHAR2(4000)",
        Kind::Plain(Type::Bytes) => "BLOB",
        Kind::Plain(_) => return None,
    };
    Some(type_.to_owned())
}
