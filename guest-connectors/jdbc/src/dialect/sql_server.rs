//! Microsoft SQL Server.

use caisson_sdk::Type;
use caisson_sdk::data::logical::LogicalType;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind, Literals};
use crate::dialect::statement::{Marks, Target};

/// Around names.
pub const QUOTES: (char, char) = ('[', ']');
/// Constants.
pub const LITERALS: Literals = Literals { booleans: ("1", "0"), bytes: ("0x", ""), backslash_escapes: false };

/// `MERGE INTO t … USING (SELECT ? AS a, ? AS b) AS incoming ON (…) …`
pub fn upsert(sql: Sql, target: &Target<'_>) -> String {
    let table = sql.names.table(target.table);
    let lock = if sql.merge_holds_lock { " WITH (HOLDLOCK)" } else { "" };
    let mut marks = Marks::new(sql);
    let values = sql.list(target.bound(), ", ", |_, name| format!("{} AS {name}", marks.mark()));
    let on = sql.list(target.keys.iter().copied(), " AND ", |_, name| format!("target.{name}=incoming.{name}"));
    let mut statement = format!("MERGE INTO {table}{lock} AS target USING (SELECT {values}) AS incoming ON ({on})");
    if !target.others.is_empty() {
        let set = sql.list(target.others.iter().copied(), ",", |_, name| format!("{name}=incoming.{name}"));
        statement.push_str(&format!(" WHEN MATCHED THEN UPDATE SET {set}"));
    }
    let columns = sql.list(target.bound(), ", ", |_, name| name);
    let incoming = sql.list(target.bound(), ",", |_, name| format!("incoming.{name}"));
    // A MERGE has to end with a semicolon.
    statement.push_str(&format!(" WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({incoming});"));
    statement
}

/// The type of a column; none: there is none for its schema. A key's text is as long as an index allows.
pub fn type_of(column: &Column) -> Option<String> {
    let type_ = match Kind::of(&column.schema) {
        Kind::Logical(LogicalType::Decimal) => return Some(format!("decimal(38,{})", column.scale().ok()?)),
        Kind::Logical(LogicalType::Date) => "date",
        Kind::Logical(LogicalType::Time) => "time",
        Kind::Logical(LogicalType::Timestamp) => "datetime2",
        Kind::Plain(Type::Int8) => "tinyint",
        Kind::Plain(Type::Int16) => "smallint",
        Kind::Plain(Type::Int32) => "int",
        Kind::Plain(Type::Int64) => "bigint",
        Kind::Plain(Type::Float32) => "real",
        Kind::Plain(Type::Float64) => "float",
        Kind::Plain(Type::Boolean) => "bit",
        Kind::Plain(Type::String) if column.is_key => "varchar(900)",
        Kind::Plain(Type::String) => "varchar(max)",
        Kind::Plain(Type::Bytes) => "varbinary(max)",
        Kind::Plain(_) => return None,
    };
    Some(type_.to_owned())
}
