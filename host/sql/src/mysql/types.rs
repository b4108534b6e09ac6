//! MySQL's types: what MariaDB's and MySQL's drivers call them, and their values.

use mysql_async::Value;
use mysql_async::consts::{ColumnFlags, ColumnType};

use crate::calendar::{self, DAY, Local, NANOS};
use crate::cell::{Cell, parse_number};
use crate::column::Column;
use crate::error::{Reason, SqlError};

/// The character set of bytes.
const BINARY: u16 = 63;

/// A column of a result.
pub(super) fn column(from: &mysql_async::Column) -> Column {
    let flags = from.flags();
    let is_bytes = from.character_set() == BINARY;
    let mut column = described(from.column_type(), from.column_length(), from.decimals(), flags, is_bytes);
    column.name = from.name_str().into_owned();
    column.nullable = Some(!flags.contains(ColumnFlags::NOT_NULL_FLAG));
    column.auto_increment = flags.contains(ColumnFlags::AUTO_INCREMENT_FLAG);
    column
}

fn described(type_: ColumnType, length: u32, decimals: u8, flags: ColumnFlags, is_bytes: bool) -> Column {
    let signed = !flags.contains(ColumnFlags::UNSIGNED_FLAG);
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let number = |sql: &'static str, name: &str, precision: i32, scale: i32| {
        let name = if signed { name.to_owned() } else { format!("{name} UNSIGNED") };
        Column::new("", sql, name, signed, precision, scale)
    };
    let other = |sql: &'static str, name: &str| Column::new("", sql, name, false, length, 0);
    match type_ {
        // Both drivers take a TINYINT(1) for a boolean.
        ColumnType::MYSQL_TYPE_TINY if length == 1 => number("BIT", "BIT", 1, 0),
        ColumnType::MYSQL_TYPE_TINY => number("TINYINT", "TINYINT", length, 0),
        ColumnType::MYSQL_TYPE_SHORT => number("SMALLINT", "SMALLINT", length, 0),
        ColumnType::MYSQL_TYPE_INT24 => number("INTEGER", "MEDIUMINT", length, 0),
        ColumnType::MYSQL_TYPE_LONG => number("INTEGER", "INTEGER", length, 0),
        ColumnType::MYSQL_TYPE_LONGLONG => number("BIGINT", "BIGINT", length, 0),
        ColumnType::MYSQL_TYPE_FLOAT => number("REAL", "FLOAT", length, i32::from(decimals)),
        ColumnType::MYSQL_TYPE_DOUBLE => number("DOUBLE", "DOUBLE", length, i32::from(decimals)),
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
            // The length counts the sign and the point.
            let precision = length - i32::from(signed) - i32::from(decimals > 0);
            number("DECIMAL", "DECIMAL", precision, i32::from(decimals))
        }
        ColumnType::MYSQL_TYPE_BIT => other("BIT", "BIT"),
        ColumnType::MYSQL_TYPE_YEAR => other("DATE", "YEAR"),
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => other("DATE", "DATE"),
        ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => {
            Column::new("", "TIME", "TIME", false, length, i32::from(decimals))
        }
        ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_DATETIME2 => {
            Column::new("", "TIMESTAMP", "DATETIME", false, length, i32::from(decimals))
        }
        ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => {
            Column::new("", "TIMESTAMP", "TIMESTAMP", false, length, i32::from(decimals))
        }
        ColumnType::MYSQL_TYPE_JSON => other("LONGVARCHAR", "JSON"),
        ColumnType::MYSQL_TYPE_GEOMETRY => other("VARBINARY", "GEOMETRY"),
        ColumnType::MYSQL_TYPE_ENUM => other("CHAR", "ENUM"),
        ColumnType::MYSQL_TYPE_SET => other("CHAR", "SET"),
        ColumnType::MYSQL_TYPE_STRING if is_bytes => other("BINARY", "BINARY"),
        ColumnType::MYSQL_TYPE_STRING => other("CHAR", "CHAR"),
        ColumnType::MYSQL_TYPE_VARCHAR | ColumnType::MYSQL_TYPE_VAR_STRING if is_bytes => other("VARBINARY", "VARBINARY"),
        ColumnType::MYSQL_TYPE_VARCHAR | ColumnType::MYSQL_TYPE_VAR_STRING => other("VARCHAR", "VARCHAR"),
        ColumnType::MYSQL_TYPE_NULL => other("NULL", "NULL"),
        _ if is_bytes => other("LONGVARBINARY", "BLOB"),
        _ => other("LONGVARCHAR", "TEXT"),
    }
}

/// A column of a table, as information_schema tells it: `data_type`, `column_type`, length, precision, scale, `character_set`.
pub(super) fn of_table(
    name: &str,
    data_type: &str,
    column_type: &str,
    length: Option<i64>,
    precision: Option<i64>,
    scale: Option<i64>,
) -> Column {
    let flags = if column_type.contains("unsigned") { ColumnFlags::UNSIGNED_FLAG } else { ColumnFlags::empty() };
    let small = |number: Option<i64>| number.and_then(|number| i32::try_from(number).ok()).unwrap_or(0);
    let bits = column_type.split(['(', ')']).nth(1).and_then(|inner| inner.parse::<u32>().ok());
    let of = |type_, is_bytes| described(type_, bits.unwrap_or(0), u8::try_from(small(scale)).unwrap_or(0), flags, is_bytes);
    let mut column = match data_type {
        "tinyint" => of(ColumnType::MYSQL_TYPE_TINY, true),
        "smallint" => of(ColumnType::MYSQL_TYPE_SHORT, true),
        "mediumint" => of(ColumnType::MYSQL_TYPE_INT24, true),
        "int" => of(ColumnType::MYSQL_TYPE_LONG, true),
        "bigint" => of(ColumnType::MYSQL_TYPE_LONGLONG, true),
        "float" => of(ColumnType::MYSQL_TYPE_FLOAT, true),
        "double" => of(ColumnType::MYSQL_TYPE_DOUBLE, true),
        "decimal" => {
            let signed = flags.is_empty();
            let name = if signed { "DECIMAL" } else { "DECIMAL UNSIGNED" };
            Column::new("", "DECIMAL", name, signed, small(precision), small(scale))
        }
        "bit" => of(ColumnType::MYSQL_TYPE_BIT, true),
        "year" => of(ColumnType::MYSQL_TYPE_YEAR, true),
        "date" => of(ColumnType::MYSQL_TYPE_DATE, true),
        "time" => of(ColumnType::MYSQL_TYPE_TIME, true),
        "datetime" => of(ColumnType::MYSQL_TYPE_DATETIME, true),
        "timestamp" => of(ColumnType::MYSQL_TYPE_TIMESTAMP, true),
        "json" => of(ColumnType::MYSQL_TYPE_JSON, false),
        "enum" => of(ColumnType::MYSQL_TYPE_ENUM, false),
        "set" => of(ColumnType::MYSQL_TYPE_SET, false),
        "binary" => of(ColumnType::MYSQL_TYPE_STRING, true),
        "varbinary" => of(ColumnType::MYSQL_TYPE_VAR_STRING, true),
        "varchar" => of(ColumnType::MYSQL_TYPE_VAR_STRING, false),
        "tinyblob" | "blob" | "mediumblob" | "longblob" => of(ColumnType::MYSQL_TYPE_BLOB, true),
        "tinytext" | "text" | "mediumtext" | "longtext" => of(ColumnType::MYSQL_TYPE_BLOB, false),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" => of(ColumnType::MYSQL_TYPE_GEOMETRY, true),
        _ => of(ColumnType::MYSQL_TYPE_STRING, false),
    };
    column.name = name.to_owned();
    if let Some(length) = length {
        column.precision = i32::try_from(length).unwrap_or(i32::MAX);
    }
    column
}

/// A value as it comes over the wire.
pub(super) fn cell<'a>(value: &'a Value, column: &mysql_async::Column) -> Result<Cell<'a>, SqlError> {
    let type_ = column.column_type();
    Ok(match value {
        Value::NULL => Cell::Null,
        Value::Int(year) if type_ == ColumnType::MYSQL_TYPE_YEAR => calendar::days_of(*year, 1, 1).map_or(Cell::Null, Cell::Date),
        Value::UInt(year) if type_ == ColumnType::MYSQL_TYPE_YEAR => {
            i64::try_from(*year).ok().and_then(|year| calendar::days_of(year, 1, 1)).map_or(Cell::Null, Cell::Date)
        }
        Value::Int(number) => Cell::Int(*number),
        Value::UInt(number) => Cell::Unsigned(*number),
        Value::Float(number) => Cell::Float32(*number),
        Value::Double(number) => Cell::Float64(*number),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let Some(days) = calendar::days_of((*year).into(), *month, *day) else {
                // 0000-00-00 and days such as 2024-00-00, which both drivers read as NULL.
                return Ok(Cell::Null);
            };
            let seconds = i64::from(*hour) * 3600 + i64::from(*minute) * 60 + i64::from(*second);
            match type_ {
                ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Cell::Date(days),
                _ => Cell::Local(Local { days, nanos: seconds * NANOS + i64::from(*micros) * 1000 }),
            }
        }
        Value::Time(is_negative, days, hours, minutes, seconds, micros) => {
            let seconds = i64::from(*days) * DAY + i64::from(*hours) * 3600 + i64::from(*minutes) * 60 + i64::from(*seconds);
            let nanos = seconds * NANOS + i64::from(*micros) * 1000;
            Cell::Time(if *is_negative { -nanos } else { nanos })
        }
        Value::Bytes(bytes) => of_bytes(bytes, type_, column.character_set() == BINARY)?,
    })
}

fn of_bytes(bytes: &[u8], type_: ColumnType, is_bytes: bool) -> Result<Cell<'_>, SqlError> {
    let text = || std::str::from_utf8(bytes).map_err(|_| SqlError::new(Reason::Value, "a text is no UTF-8"));
    Ok(match type_ {
        ColumnType::MYSQL_TYPE_BIT => Cell::Bits(bytes.into()),
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
            let number = parse_number(text()?);
            Cell::Decimal(number.ok_or_else(|| SqlError::new(Reason::Value, "a decimal cannot be read"))?)
        }
        ColumnType::MYSQL_TYPE_JSON => Cell::Text(text()?.into()),
        _ if is_bytes => Cell::Bytes(bytes.into()),
        _ => Cell::Text(text()?.into()),
    })
}

/// A value of a question about the database itself.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        other => Some(other.as_sql(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect_type::ConnectType;

    #[test]
    fn types_are_those_of_the_drivers() {
        let none = ColumnFlags::empty();
        let told = |type_, length, decimals, flags| {
            let column = described(type_, length, decimals, flags, false);
            (column.type_, column.precision, column.connect_type)
        };
        assert_eq!(told(ColumnType::MYSQL_TYPE_TINY, 1, 0, none), ("BIT", 1, Some(ConnectType::Boolean)));
        assert_eq!(told(ColumnType::MYSQL_TYPE_TINY, 3, 0, ColumnFlags::UNSIGNED_FLAG), ("TINYINT", 3, Some(ConnectType::Int16)));
        assert_eq!(told(ColumnType::MYSQL_TYPE_NEWDECIMAL, 12, 2, none), ("DECIMAL", 10, Some(ConnectType::Decimal(2))));
        assert_eq!(
            told(ColumnType::MYSQL_TYPE_NEWDECIMAL, 10, 0, ColumnFlags::UNSIGNED_FLAG),
            ("DECIMAL", 10, Some(ConnectType::Decimal(0)))
        );
        assert_eq!(told(ColumnType::MYSQL_TYPE_BIT, 8, 0, ColumnFlags::UNSIGNED_FLAG), ("BIT", 8, Some(ConnectType::Int8)));
        assert_eq!(told(ColumnType::MYSQL_TYPE_BLOB, 9, 0, none).2, Some(ConnectType::String));
        assert_eq!(described(ColumnType::MYSQL_TYPE_BLOB, 9, 0, none, true).connect_type, Some(ConnectType::Bytes));
    }

    #[test]
    fn a_table_tells_the_same_as_its_rows() {
        for (data_type, column_type, sql, signed) in [
            ("tinyint", "tinyint(1)", "BIT", true),
            ("tinyint", "tinyint(3) unsigned", "TINYINT", false),
            ("int", "int(11)", "INTEGER", true),
            ("varchar", "varchar(10)", "VARCHAR", false),
            ("longtext", "longtext", "LONGVARCHAR", false),
            ("timestamp", "timestamp(3)", "TIMESTAMP", false),
            ("uuid", "uuid", "CHAR", false),
        ] {
            let column = of_table("c", data_type, column_type, None, None, None);
            assert_eq!((column.type_, column.signed), (sql, signed), "{column_type}");
        }
        assert_eq!(of_table("c", "decimal", "decimal(10,2)", None, Some(10), Some(2)).precision, 10);
    }

    #[test]
    fn a_day_that_there_is_not_is_null() {
        let column = mysql_async::Column::new(ColumnType::MYSQL_TYPE_DATE);
        assert_eq!(cell(&Value::Date(0, 0, 0, 0, 0, 0, 0), &column), Ok(Cell::Null));
        assert_eq!(cell(&Value::Date(1970, 1, 2, 0, 0, 0, 0), &column), Ok(Cell::Date(1)));
        let column = mysql_async::Column::new(ColumnType::MYSQL_TYPE_TIME);
        assert_eq!(cell(&Value::Time(true, 0, 1, 0, 0, 0), &column), Ok(Cell::Time(-3600 * NANOS)));
    }
}
