//! SQLite's types: what sqlite-jdbc makes of a declaration and a value, and the values.

use rusqlite::Statement;
use rusqlite::types::{Value, ValueRef};

use crate::calendar::Moment;
use crate::cell::Cell;
use crate::column::Column;
use crate::connect_type::ConnectType;

/// The Julian day at the beginning of 1970.
const JULIAN_EPOCH: f64 = 2_440_587.5;

/// A column of a result, before its first value is known.
pub(super) struct Declared {
    name: String,
    /// As the table declares it.
    type_: Option<String>,
    nullable: Option<bool>,
    auto_increment: bool,
}

pub(super) fn declared(statement: &Statement<'_>) -> Vec<Declared> {
    let column = |(index, column): (usize, rusqlite::Column<'_>)| {
        // Nothing is known of a column that is an expression.
        let known = statement.column_metadata(index).ok().flatten().map(|(.., not_null, _, counted)| (not_null, counted));
        Declared {
            name: column.name().to_owned(),
            type_: column.decl_type().map(str::to_owned),
            nullable: known.map(|(not_null, _)| !not_null),
            auto_increment: known.is_some_and(|(_, counted)| counted),
        }
    };
    statement.columns().enumerate().map(column).collect()
}

impl Declared {
    /// The column, by its declaration and the first value in it.
    pub(super) fn described(&self, first: Option<&Value>) -> Column {
        let mut column = column(&self.name, self.type_.as_deref(), first);
        column.nullable = self.nullable;
        column.auto_increment = self.auto_increment;
        column
    }
}

/// sqlite-jdbc's rules: the value decides first, the declaration's name among what the value may be.
pub(super) fn column(name: &str, declared: Option<&str>, first: Option<&Value>) -> Column {
    let (word, precision, scale) = split(declared.unwrap_or("NUMERIC"));
    let signed = matches!(word.as_str(), "NUMERIC" | "INTEGER" | "REAL");
    Column::new(name, sql_type(&word, first), word, signed, precision, scale)
}

fn sql_type(word: &str, first: Option<&Value>) -> &'static str {
    let first = first.unwrap_or(&Value::Null);
    let is_null = *first == Value::Null;
    if let Value::Integer(_) | Value::Null = first {
        match word {
            "BOOLEAN" => return "BOOLEAN",
            "TINYINT" => return "TINYINT",
            "SMALLINT" | "INT2" => return "SMALLINT",
            "BIGINT" | "INT8" | "UNSIGNED BIG INT" => return "BIGINT",
            "DATE" | "DATETIME" => return "DATE",
            "TIMESTAMP" => return "TIMESTAMP",
            _ => {}
        }
        match first {
            Value::Integer(number) if i32::try_from(*number).is_err() => return "BIGINT",
            Value::Integer(_) => return "INTEGER",
            _ if matches!(word, "INT" | "INTEGER" | "MEDIUMINT") => return "INTEGER",
            _ => {}
        }
    }
    if let Value::Real(_) | Value::Null = first {
        match word {
            "DECIMAL" => return "DECIMAL",
            "DOUBLE" | "DOUBLE PRECISION" => return "DOUBLE",
            "NUMERIC" => return "NUMERIC",
            "REAL" => return "REAL",
            _ if !is_null || word == "FLOAT" => return "FLOAT",
            _ => {}
        }
    }
    if let Value::Text(_) | Value::Null = first {
        match word {
            "CHARACTER" | "NCHAR" | "NATIVE CHARACTER" | "CHAR" => return "CHAR",
            "CLOB" => return "CLOB",
            "DATE" | "DATETIME" => return "DATE",
            "TIMESTAMP" => return "TIMESTAMP",
            _ if !is_null => return "VARCHAR",
            "VARCHAR" | "VARYING CHARACTER" | "NVARCHAR" | "TEXT" => return "VARCHAR",
            _ => {}
        }
    }
    match (first, word) {
        (Value::Blob(_) | Value::Null, "BINARY") => "BINARY",
        (Value::Blob(_), _) | (Value::Null, "BLOB") => "BLOB",
        _ => "NUMERIC",
    }
}

/// `NUMERIC(10,2)` is NUMERIC, 10 and 2.
fn split(declared: &str) -> (String, i32, i32) {
    let (word, rest) = declared.split_once('(').unwrap_or((declared, ""));
    let mut numbers = rest.trim_end().trim_end_matches(')').split(',').map(|number| number.trim().parse().unwrap_or(0));
    (word.trim().to_ascii_uppercase(), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// A value that is read as that type: SQLite has no type for days and times, and sqlite-jdbc takes an integer for milliseconds since the
/// epoch and a real for a Julian day.
pub(super) fn cell<'v>(value: &'v Value, as_type: &ConnectType) -> Cell<'v> {
    match value {
        Value::Null => Cell::Null,
        Value::Integer(millis) if as_type.is_temporal() => Cell::Moment(Moment::of_millis(*millis)),
        Value::Real(day) if as_type.is_temporal() => {
            Cell::Moment(Moment::of_millis(((day - JULIAN_EPOCH) * 86_400_000.0).round() as i64))
        }
        Value::Integer(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Float64(*number),
        Value::Text(text) => Cell::Text(text.as_str().into()),
        Value::Blob(bytes) => Cell::Bytes(bytes.as_slice().into()),
    }
}

/// A value of a question about the database itself.
pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types are those that the JVM's JDBC source shows.
    #[test]
    fn types_are_those_of_sqlite_jdbc() {
        let text = || Value::Text("x".to_owned());
        for (declared, first, expected) in [
            ("INT", Value::Integer(1), Some(ConnectType::Int64)),
            ("INTEGER", Value::Integer(1), Some(ConnectType::Int32)),
            ("INTEGER", Value::Integer(i64::MAX), Some(ConnectType::Int64)),
            ("INTEGER", text(), Some(ConnectType::String)),
            ("INTEGER", Value::Real(1.5), Some(ConnectType::Float64)),
            ("SMALLINT", Value::Integer(1), Some(ConnectType::Int32)),
            ("BIGINT", Value::Null, Some(ConnectType::Int64)),
            ("REAL", Value::Real(1.5), Some(ConnectType::Float32)),
            ("DOUBLE PRECISION", Value::Real(1.5), Some(ConnectType::Float64)),
            ("FLOAT", Value::Real(1.5), Some(ConnectType::Float64)),
            ("TEXT", text(), Some(ConnectType::String)),
            ("BLOB", text(), Some(ConnectType::String)),
            ("BLOB", Value::Blob(Vec::new()), Some(ConnectType::Bytes)),
            ("BINARY(4)", Value::Blob(Vec::new()), Some(ConnectType::Bytes)),
            ("BOOLEAN", Value::Integer(5), Some(ConnectType::Boolean)),
            ("BOOLEAN", text(), Some(ConnectType::String)),
            ("TIMESTAMP", text(), Some(ConnectType::Timestamp)),
            ("TIMESTAMP", Value::Integer(0), Some(ConnectType::Timestamp)),
            ("TIMESTAMP", Value::Real(0.5), Some(ConnectType::Float64)),
            ("DATETIME", text(), Some(ConnectType::Date)),
            ("NUMERIC(2,0)", Value::Integer(1), Some(ConnectType::Int32)),
            ("DECIMAL(10,5)", Value::Real(1.5), Some(ConnectType::Decimal(5))),
            ("BIT", Value::Integer(1), Some(ConnectType::Int64)),
        ] {
            assert_eq!(column("n", Some(declared), Some(&first)).connect_type, expected, "{declared} {first:?}");
        }
    }

    #[test]
    fn numbers_are_moments_where_moments_are_read() {
        assert_eq!(cell(&Value::Integer(-1), &ConnectType::Timestamp), Cell::Moment(Moment { seconds: -1, nanos: 999_000_000 }));
        assert_eq!(cell(&Value::Integer(-1), &ConnectType::Int64), Cell::Int(-1));
        assert_eq!(
            cell(&Value::Real(JULIAN_EPOCH + 1.0), &ConnectType::Date),
            Cell::Moment(Moment { seconds: 86_400, nanos: 0 })
        );
        assert_eq!(split("numeric(10, 2)"), ("NUMERIC".to_owned(), 10, 2));
    }
}
