//! Columns and tables, as a database's JDBC driver describes them.

use crate::connect_type::ConnectType;

/// A column of a result or table; `column` of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// In a result, the label.
    pub name: String,
    /// The constant of `java.sql.Types`.
    pub type_: &'static str,
    /// The database's own name of the type.
    pub type_name: String,
    /// What it is read as by default; none: it cannot be read.
    pub connect_type: Option<ConnectType>,
    /// None when unknown.
    pub nullable: Option<bool>,
    /// Whether its numbers have a sign.
    pub signed: bool,
    /// Whether the database numbers its rows.
    pub auto_increment: bool,
    /// Digits, or length.
    pub precision: i32,
    /// Digits behind the point.
    pub scale: i32,
    /// `default`, `generated`.
    pub options: Vec<(String, String)>,
}

impl Column {
    /// A column of that type, about which nothing else is known yet; read as its type says.
    pub fn new(
        name: impl Into<String>,
        type_: &'static str,
        type_name: impl Into<String>,
        signed: bool,
        precision: i32,
        scale: i32,
    ) -> Self {
        let connect_type = default_type(type_, signed, precision, scale);
        Self {
            name: name.into(),
            type_,
            type_name: type_name.into(),
            connect_type,
            nullable: None,
            signed,
            auto_increment: false,
            precision,
            scale,
            options: Vec::new(),
        }
    }
}

/// A table; `table` of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub id: TableId,
    /// `TABLE`, `VIEW`, ….
    pub type_: String,
}

/// Where a table is; `table-id` of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableId {
    /// The catalog.
    pub catalog: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

/// The Connect type of a type of JDBC, as Kafka Connect's JDBC source maps it.
fn default_type(type_: &str, signed: bool, precision: i32, scale: i32) -> Option<ConnectType> {
    Some(match type_ {
        "BIT" if precision <= 1 => ConnectType::Boolean,
        "BIT" => ConnectType::Int8,
        "BOOLEAN" => ConnectType::Boolean,
        "TINYINT" if signed => ConnectType::Int8,
        "TINYINT" => ConnectType::Int16,
        "SMALLINT" if signed => ConnectType::Int16,
        "SMALLINT" => ConnectType::Int32,
        "INTEGER" if signed => ConnectType::Int32,
        "INTEGER" | "BIGINT" => ConnectType::Int64,
        "REAL" => ConnectType::Float32,
        "FLOAT" | "DOUBLE" => ConnectType::Float64,
        "DECIMAL" | "NUMERIC" => ConnectType::Decimal(scale),
        "CHAR" | "VARCHAR" | "LONGVARCHAR" | "NCHAR" | "NVARCHAR" | "LONGNVARCHAR" | "CLOB" | "NCLOB" | "DATALINK" | "SQLXML" => {
            ConnectType::String
        }
        "BINARY" | "VARBINARY" | "LONGVARBINARY" | "BLOB" => ConnectType::Bytes,
        "DATE" => ConnectType::Date,
        "TIME" | "TIME_WITH_TIMEZONE" => ConnectType::Time,
        "TIMESTAMP" | "TIMESTAMP_WITH_TIMEZONE" => ConnectType::Timestamp,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers_need_the_next_width() {
        let read = |type_, signed| Column::new("n", type_, "t", signed, 10, 2).connect_type;
        assert_eq!(read("TINYINT", true), Some(ConnectType::Int8));
        assert_eq!(read("TINYINT", false), Some(ConnectType::Int16));
        assert_eq!(read("INTEGER", false), Some(ConnectType::Int64));
        assert_eq!(read("NUMERIC", true), Some(ConnectType::Decimal(2)));
        assert_eq!(read("ARRAY", true), None);
    }
}
