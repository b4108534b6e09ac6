//! MySQL, and MariaDB.

use caisson_sdk::Type;
use caisson_sdk::data::logical::LogicalType;

use crate::dialect::Sql;
use crate::dialect::column::{Column, Kind, Literals};
use crate::dialect::statement::Target;

/// Around names.
pub const QUOTES: (char, char) = ('`', '`');
/// Constants.
pub const LITERALS: Literals = Literals { booleans: ("1", "0"), bytes: ("x'", "'"), backslash_escapes: true };

/// `insert … on duplicate key update b=values(b)`. Where all columns are keys, they are set to what they are.
pub fn upsert(sql: Sql, target: &Target<'_>, rows: usize) -> String {
    let columns = sql.list(target.bound(), ",", |_, name| name);
    let values = sql.values(target, rows);
    let changed = if target.others.is_empty() { &target.keys } else { &target.others };
    let set = sql.list(changed.iter().copied(), ",", |_, name| format!("{name}=values({name})"));
    format!("insert into {}({columns}) values{values} on duplicate key update {set}", sql.names.table(target.table))
}

/// The type of a column; none: there is none for its schema. A text is as long as it likes, but no index holds such a column.
pub fn type_of(column: &Column) -> Option<String> {
    let type_ = match Kind::of(&column.schema) {
        Kind::Logical(LogicalType::Decimal) => return Some(format!("DECIMAL(65,{})", column.scale().ok()?)),
        Kind::Logical(LogicalType::Date) => "DATE",
        Kind::Logical(LogicalType::Time) => "TIME(3)",
        Kind::Logical(LogicalType::Timestamp) => "DATETIME(3)",
        Kind::Plain(Type::Int8) => "TINYINT",
        Kind::Plain(Type::Int16) => "SMALLINT",
        Kind::Plain(Type::Int32) => "INT",
        Kind::Plain(Type::Int64) => "BIGINT",
        Kind::Plain(Type::Float32) => "FLOAT",
        Kind::Plain(Type::Float64) => "DOUBLE",
        Kind::Plain(Type::Boolean) => "TINYINT",
        Kind::Plain(Type::String) if column.is_key => "VARCHAR(256)",
        Kind::Plain(Type::String) => "TEXT",
        Kind::Plain(Type::Bytes) => "VARBINARY(1024)",
        Kind::Plain(_) => return None,
    };
    Some(type_.to_owned())
}

/// The default of a TEXT has to be an expression in MySQL; MariaDB takes either.
pub fn default_of(type_: &str, literal: String) -> String {
    if type_ == "TEXT" { format!("({literal})") } else { literal }
}
