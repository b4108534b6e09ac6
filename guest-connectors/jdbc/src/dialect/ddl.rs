//! Statements that make tables, and add columns to them.

use caisson_sdk::Error;
use caisson_sdk::sql::TableId;

use crate::dialect::column::{Column, Literals};
use crate::dialect::{Dialect, Sql, generic, mysql, oracle, postgresql, sql_server, sqlite};
use crate::time_zone::TimeZone;

impl Dialect {
    fn literals(self) -> Literals {
        match self {
            Self::Generic | Self::Sqlite => generic::LITERALS,
            Self::MySql => mysql::LITERALS,
            Self::Oracle => oracle::LITERALS,
            Self::PostgreSql => postgresql::LITERALS,
            Self::SqlServer => sql_server::LITERALS,
        }
    }

    /// The type of a column. `ConnectException` when the dialect has none for its schema.
    pub fn type_of(self, column: &Column) -> Result<String, Error> {
        let type_ = match self {
            Self::Generic => generic::type_of(column),
            Self::MySql => mysql::type_of(column),
            Self::Oracle => oracle::type_of(column),
            Self::PostgreSql => postgresql::type_of(column),
            Self::SqlServer => sql_server::type_of(column),
            Self::Sqlite => sqlite::type_of(column),
        };
        type_.ok_or_else(|| column.without_type())
    }
}

impl Sql {
    /// Makes a table. `ConnectException` for a schema that the dialect has no type for.
    pub fn create_table(self, table: &TableId, columns: &[Column], zone: &TimeZone) -> Result<String, Error> {
        let mut lines = Vec::with_capacity(columns.len() + 1);
        for column in columns {
            lines.push(self.column_definition(column, zone)?);
        }
        let keys: Vec<&str> = columns.iter().filter(|column| column.is_key).map(|column| column.name.as_str()).collect();
        if !keys.is_empty() {
            lines.push(format!("PRIMARY KEY({})", self.list(keys.into_iter(), ",", |_, name| name)));
        }
        Ok(format!("CREATE TABLE {} (\n{})", self.names.table(table), lines.join(",\n")))
    }

    /// Adds columns to a table: the statements to run one after the other.
    pub fn alter_table(self, table: &TableId, columns: &[Column], zone: &TimeZone) -> Result<Vec<String>, Error> {
        let table = self.names.table(table);
        let mut added = Vec::with_capacity(columns.len());
        for column in columns {
            added.push(self.column_definition(column, zone)?);
        }
        Ok(match self.dialect {
            Dialect::Sqlite => added.iter().map(|column| format!("ALTER TABLE {table} ADD {column}")).collect(),
            Dialect::SqlServer => vec![format!("ALTER TABLE {table} ADD\n{}", added.join(",\n"))],
            Dialect::Oracle => vec![format!("ALTER TABLE {table} ADD(\n{})", added.join(",\n"))],
            Dialect::Generic | Dialect::MySql | Dialect::PostgreSql => {
                let added: Vec<String> = added.into_iter().map(|column| format!("ADD {column}")).collect();
                let between = if added.len() == 1 { " " } else { " \n" };
                vec![format!("ALTER TABLE {table}{between}{}", added.join(",\n"))]
            }
        })
    }

    /// A column with a default may be null: a record without a value for it does not name it.
    fn column_definition(self, column: &Column, zone: &TimeZone) -> Result<String, Error> {
        let type_ = self.dialect.type_of(column)?;
        let name = self.names.quoted(&column.name);
        let default = match column.schema.default_value() {
            Some(value) => {
                let literal = self.dialect.literals().of(&column.schema, value, zone)?;
                let literal = if self.dialect == Dialect::MySql { mysql::default_of(&type_, literal) } else { literal };
                format!("DEFAULT {literal}")
            }
            None if column.is_optional() => "NULL".to_owned(),
            None => "NOT NULL".to_owned(),
        };
        Ok(format!("{name} {type_} {default}"))
    }
}
