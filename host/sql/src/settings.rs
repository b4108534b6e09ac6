//! How a connection is opened: by a connector's configuration and the plugin's options.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::calendar::Calendar;
use crate::error::SqlError;
use crate::url::{self, Dialect, JdbcUrl};

/// The key of the user.
pub const USER: &str = "connection.user";
/// The key of the password.
pub const PASSWORD: &str = "connection.password";
/// Keys that begin so are properties of the driver, unless the connector itself has them.
pub const PREFIX: &str = "connection.";
/// The connector's own keys of that prefix.
const OWN: [&str; 5] = [url::KEY, USER, PASSWORD, "connection.attempts", "connection.backoff.ms"];

/// How long connecting may take, unless something else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest row, unless something else is said.
const MAX_ROW_BYTES: usize = 64 << 20;

/// A transaction's isolation, as `java.sql.Connection` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Isolation {
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Isolation {
    /// In SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// Everything that tells one connection from another.
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// Where the database is.
    pub url: JdbcUrl,
    /// The user; none: the driver's own default.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// Properties of the driver: those of the URL, then those of the configuration.
    properties: BTreeMap<String, String>,
    /// How days and times are told.
    pub calendar: Calendar,
    /// None: as the database has it.
    pub isolation: Option<Isolation>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a statement may take; none: as long as the plugin's call.
    pub statement_timeout: Option<Duration>,
    /// The largest row that crosses to the plugin, in bytes.
    pub max_row_bytes: usize,
}

impl Settings {
    /// Reads a configuration, references in it resolved, and the options of `open`.
    ///
    /// # Errors
    /// What is missing or wrong, with its key.
    pub fn of(config: &BTreeMap<String, String>, options: &[(String, String)]) -> Result<Self, SqlError> {
        let text = config.get(url::KEY).filter(|text| !text.trim().is_empty());
        let text =
            text.ok_or_else(|| SqlError::config(url::KEY, "null", "it is the JDBC URL of the database, which has to be named"))?;
        let url = JdbcUrl::parse(text)?;
        let own = |key: &String| OWN.contains(&key.as_str());
        let mut properties: BTreeMap<String, String> = config
            .iter()
            .filter(|(key, _)| !own(key))
            .filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?.to_owned(), value.clone())))
            .collect();
        properties.extend(url.properties.clone());
        let option = |name: &str| options.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let named = |key: &str, property: &str| config.get(key).cloned().or_else(|| url.property(property).map(str::to_owned));
        let mut settings = Self {
            user: named(USER, "user"),
            password: named(PASSWORD, "password"),
            calendar: Calendar::new(option("time.zone").unwrap_or("UTC"), option("calendar") != Some("proleptic"))?,
            isolation: option("transaction.isolation").map(isolation).transpose()?,
            connect_timeout: CONNECT_TIMEOUT,
            statement_timeout: None,
            max_row_bytes: MAX_ROW_BYTES,
            properties,
            url,
        };
        settings.set_limits(option)?;
        Ok(settings)
    }

    /// Drivers count some of their limits in seconds; the options of `open` are milliseconds.
    fn set_limits<'o>(&mut self, option: impl Fn(&str) -> Option<&'o str>) -> Result<(), SqlError> {
        let unit = if matches!(self.url.dialect, Dialect::PostgreSql | Dialect::SqlServer) { 1000 } else { 1 };
        let limit = |name: &str, text: &str, unit: u64| match text.trim().parse::<u64>() {
            Ok(number) => Ok(Some(Duration::from_millis(number * unit)).filter(|limit| !limit.is_zero())),
            Err(_) => Err(SqlError::config(name, text, "it is a number, 0 for no limit")),
        };
        for (property, unit) in [("loginTimeout", 1000), ("connectTimeout", unit)] {
            if let Some(text) = self.property(property).map(str::to_owned) {
                self.connect_timeout = limit(property, &text, unit)?.unwrap_or(CONNECT_TIMEOUT);
            }
        }
        if let Some(text) = self.property("socketTimeout").map(str::to_owned) {
            self.statement_timeout = limit("socketTimeout", &text, unit)?;
        }
        if let Some(text) = option("connect.timeout.ms") {
            self.connect_timeout = limit("connect.timeout.ms", text, 1)?.unwrap_or(CONNECT_TIMEOUT);
        }
        if let Some(text) = option("statement.timeout.ms") {
            self.statement_timeout = limit("statement.timeout.ms", text, 1)?;
        }
        if let Some(text) = option("max.row.bytes") {
            let told = |_| SqlError::config("max.row.bytes", text, "it is a number of bytes");
            self.max_row_bytes = text.parse().map_err(told)?;
        }
        Ok(())
    }

    /// A property of the driver by its name, whatever its case; an empty one is none.
    pub fn property(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// Whether a property of the driver is `true`.
    pub fn is_set(&self, name: &str) -> bool {
        self.property(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Files that the driver reads: certificates and keys, each with the property that names it.
    pub fn files(&self) -> Vec<(&'static str, PathBuf)> {
        let file = |name: &'static str| {
            let text = self.property(name)?;
            // What stands there may be the certificate itself.
            (!text.contains("-----BEGIN")).then(|| (name, PathBuf::from(text.strip_prefix("file:").unwrap_or(text))))
        };
        FILES.into_iter().filter_map(file).collect()
    }
}

/// Properties that name files: PostgreSQL's, then MariaDB's.
const FILES: [&str; 5] = ["sslrootcert", "sslcert", "sslkey", "serverSslCert", "keyStore"];

fn isolation(word: &str) -> Result<Isolation, SqlError> {
    Ok(match word {
        "READ_UNCOMMITTED" => Isolation::ReadUncommitted,
        "READ_COMMITTED" => Isolation::ReadCommitted,
        "REPEATABLE_READ" => Isolation::RepeatableRead,
        "SERIALIZABLE" => Isolation::Serializable,
        _ => {
            let known = "READ_UNCOMMITTED, READ_COMMITTED, REPEATABLE_READ or SERIALIZABLE";
            return Err(SqlError::config("transaction.isolation", word, known));
        }
    })
}

/// Without credentials.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings(config: &[(&str, &str)], options: &[(&str, &str)]) -> Result<Settings, SqlError> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Settings::of(&config.iter().map(owned).collect(), &options.iter().map(owned).collect::<Vec<_>>())
    }

    #[test]
    fn keys_come_before_the_url() {
        let config = [
            ("connection.url", "jdbc:postgresql://db/x?user=u&password=p&ApplicationName=url&connectTimeout=3"),
            ("connection.user", "other"),
            ("connection.ApplicationName", "key"),
            ("connection.sslmode", "require"),
            ("connection.attempts", "3"),
        ];
        let read = settings(&config, &[("statement.timeout.ms", "1500"), ("transaction.isolation", "SERIALIZABLE")]).unwrap();
        assert_eq!((read.user.as_deref(), read.password.as_deref()), (Some("other"), Some("p")));
        assert_eq!(read.property("applicationname"), Some("url"));
        assert_eq!(read.property("SSLMODE"), Some("require"));
        assert_eq!(read.property("attempts"), None);
        assert_eq!(read.connect_timeout, Duration::from_secs(3));
        assert_eq!(read.statement_timeout, Some(Duration::from_millis(1500)));
        assert_eq!(read.isolation, Some(Isolation::Serializable));
        assert!(!format!("{read:?}").contains('p') || !format!("{read:?}").contains("password"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let url = ("connection.url", "jdbc:mysql://db/x?connectTimeout=soon");
        for (config, options, key) in [
            (&[][..], &[][..], "connection.url"),
            (&[("connection.url", "x")], &[], "connection.url"),
            (&[url], &[], "connectTimeout"),
            (&[("connection.url", "jdbc:sqlite:x")], &[("time.zone", "Mars")], "time.zone"),
            (&[("connection.url", "jdbc:sqlite:x")], &[("transaction.isolation", "NONE")], "transaction.isolation"),
            (&[("connection.url", "jdbc:sqlite:x")], &[("max.row.bytes", "many")], "max.row.bytes"),
        ] {
            let told = settings(config, options).unwrap_err();
            assert!(told.kind() == "config" && told.message.contains(key), "{told}");
        }
    }

    #[test]
    fn files_of_the_driver_are_known() {
        let config =
            [("connection.url", "jdbc:postgresql://db/x?sslrootcert=/etc/ca.pem"), ("connection.serverSslCert", "-----BEGIN x")];
        assert_eq!(settings(&config, &[]).unwrap().files(), [("sslrootcert", PathBuf::from("/etc/ca.pem"))]);
    }
}
