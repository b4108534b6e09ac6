//! What differs between databases: how they write names, types and statements.

pub mod column;
pub mod ddl;
pub mod generic;
pub mod mysql;
pub mod oracle;
pub mod postgresql;
pub mod sql_server;
pub mod sqlite;
pub mod statement;

use caisson_sdk::Error;
use caisson_sdk::sql::TableId;

use crate::identifier::Names;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Any that the SQL standard is enough for.
    Generic,
    /// MySQL, and MariaDB.
    MySql,
    /// Oracle.
    Oracle,
    /// PostgreSQL.
    PostgreSql,
    /// Microsoft SQL Server.
    SqlServer,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 6] = [Self::Generic, Self::MySql, Self::Oracle, Self::PostgreSql, Self::SqlServer, Self::Sqlite];
    /// What `dialect.name` may be; empty: the one of the URL.
    pub const NAMES: [&'static str; 7] = [
        "",
        "GenericDatabaseDialect",
        "MySqlDatabaseDialect",
        "OracleDatabaseDialect",
        "PostgreSqlDatabaseDialect",
        "SqlServerDatabaseDialect",
        "SqliteDatabaseDialect",
    ];

    /// Its name in `dialect.name`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "GenericDatabaseDialect",
            Self::MySql => "MySqlDatabaseDialect",
            Self::Oracle => "OracleDatabaseDialect",
            Self::PostgreSql => "PostgreSqlDatabaseDialect",
            Self::SqlServer => "SqlServerDatabaseDialect",
            Self::Sqlite => "SqliteDatabaseDialect",
        }
    }

    /// The dialect of a connector: that of `dialect.name`, or with none that of the URL. `ConfigException` for a URL that is none of
    /// JDBC.
    pub fn of(name: &str, url: &str) -> Result<Self, Error> {
        if let Some(named) = Self::ALL.into_iter().find(|dialect| dialect.name() == name) {
            return Ok(named);
        }
        let Some(rest) = url.strip_prefix("jdbc:") else {
            return Err(Error::config(format!("Not a valid JDBC URL: {}", without_secrets(url))));
        };
        let is = |protocol: &str| rest.get(..protocol.len()).is_some_and(|start| start.eq_ignore_ascii_case(protocol));
        Ok(match () {
            () if is("postgresql:") => Self::PostgreSql,
            () if is("mysql:") || is("mariadb:") => Self::MySql,
            () if is("sqlite:") => Self::Sqlite,
            () if is("sqlserver:") || is("microsoft:sqlserver:") || is("jtds:sqlserver:") => Self::SqlServer,
            () if is("oracle:") => Self::Oracle,
            () => Self::Generic,
        })
    }

    /// The word of [`caisson_sdk::sql::About::dialect`] for it.
    fn driver(self) -> &'static str {
        match self {
            Self::Generic => "",
            Self::MySql => "mysql",
            Self::Oracle => "oracle",
            Self::PostgreSql => "postgresql",
            Self::SqlServer => "sqlserver",
            Self::Sqlite => "sqlite",
        }
    }

    /// Whether a statement that makes or alters a table ends the transaction.
    pub fn commits_definitions(self) -> bool {
        matches!(self, Self::MySql | Self::Oracle)
    }

    /// How it writes names. `bare`: without quotes.
    pub fn names(self, bare: bool) -> Names {
        let quotes = match self {
            Self::MySql => mysql::QUOTES,
            Self::SqlServer => sql_server::QUOTES,
            _ => generic::QUOTES,
        };
        Names { quotes, bare }
    }

    /// A table by the parts of its name. Of two parts the first is a database in MySQL, elsewhere a schema.
    pub fn table_id(self, parts: Vec<String>) -> TableId {
        let mut parts = parts.into_iter().rev();
        let name = parts.next().unwrap_or_default();
        let qualifier = parts.next();
        let (catalog, schema) = if self == Self::MySql { (qualifier, None) } else { (parts.next(), qualifier) };
        TableId { catalog, schema, name }
    }
}

/// Writes SQL of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    /// Of which.
    pub dialect: Dialect,
    /// How names are written.
    pub names: Names,
    /// The worker's driver, whose marks for parameters are written: another dialect may be told by `dialect.name`.
    pub driver: &'static str,
    /// SQL Server's `mssql.use.merge.holdlock`: a MERGE keeps others from writing the same row meanwhile.
    pub merge_holds_lock: bool,
}

impl Sql {
    /// Of that dialect, for its own driver. `bare`: names are not quoted.
    pub fn new(dialect: Dialect, bare: bool) -> Self {
        Self { dialect, names: dialect.names(bare), driver: dialect.driver(), merge_holds_lock: true }
    }

    /// Of the dialect of a configuration: that of `dialect.name`, or the one of the URL. `ConfigException` for a URL that is none of JDBC.
    pub fn of(name: &str, url: &str, bare: bool) -> Result<Self, Error> {
        Ok(Self { driver: Dialect::of("", url)?.driver(), ..Self::new(Dialect::of(name, url)?, bare) })
    }

    /// Asks for the microseconds since the epoch, by the database's clock.
    pub fn now(self) -> &'static str {
        match self.driver {
            "postgresql" => "SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)",
            "mysql" => "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)",
            "sqlserver" => "SELECT DATEDIFF_BIG(MICROSECOND, '1970-01-01', SYSUTCDATETIME())",
            "oracle" => {
                "SELECT ROUND((CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE) - DATE '1970-01-01') * 86400) * 1000000 \
                 + MOD(EXTRACT(SECOND FROM SYSTIMESTAMP), 1) * 1000000 FROM dual"
            }
            _ => "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000",
        }
    }

    /// A table by its name as a user writes it.
    pub fn table_id(self, text: &str) -> Result<TableId, Error> {
        Ok(self.dialect.table_id(self.dialect.names(false).parse(text)?))
    }
}

/// A URL without its user, password and parameters, for messages.
pub fn without_secrets(url: &str) -> String {
    let end = url.find(['?', ';']).unwrap_or(url.len());
    let (head, _) = url.split_at(end);
    match (head.find("//"), head.rfind('@')) {
        (Some(slashes), Some(at)) if at > slashes => {
            format!("{}//{}", &head.get(..slashes).unwrap_or_default(), head.get(at + 1..).unwrap_or_default())
        }
        _ => head.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_tells_the_dialect() {
        let cases = [
            ("jdbc:postgresql://h/db", Dialect::PostgreSql),
            ("jdbc:mysql://h:3306/db", Dialect::MySql),
            ("jdbc:mariadb://h/db", Dialect::MySql),
            ("jdbc:sqlite:/tmp/x.db", Dialect::Sqlite),
            ("jdbc:sqlserver://h;databaseName=db", Dialect::SqlServer),
            ("jdbc:oracle:thin:@//h/service", Dialect::Oracle),
            ("jdbc:db2://h/db", Dialect::Generic),
        ];
        for (url, dialect) in cases {
            assert_eq!(Dialect::of("", url), Ok(dialect), "{url}");
        }
        assert_eq!(Dialect::of("SqliteDatabaseDialect", "jdbc:postgresql://h/db"), Ok(Dialect::Sqlite));
        let refused = Dialect::of("", "http://u:secret@h/db?password=secret").unwrap_err();
        assert_eq!(refused.message(), "Not a valid JDBC URL: http://h/db");
        assert!(Dialect::ALL.iter().all(|dialect| Dialect::NAMES.contains(&dialect.name())));
    }

    #[test]
    fn two_parts_of_a_name_mean_what_the_dialect_says() {
        let id = |dialect: Dialect, text: &str| Sql::new(dialect, false).table_id(text).unwrap();
        assert_eq!(id(Dialect::MySql, "`d`.`t`"), TableId { catalog: Some("d".into()), schema: None, name: "t".into() });
        assert_eq!(id(Dialect::PostgreSql, "s.t"), TableId { catalog: None, schema: Some("s".into()), name: "t".into() });
        assert_eq!(
            id(Dialect::SqlServer, "[d].[s].[t]"),
            TableId { catalog: Some("d".into()), schema: Some("s".into()), name: "t".into() }
        );
    }
}
