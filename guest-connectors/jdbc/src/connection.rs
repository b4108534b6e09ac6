//! The database of a connector: the keys that name it, and connecting with retries.

use std::time::Duration;

use caisson_sdk::sql::{Connection, OpenOptions, REASON};
use caisson_sdk::{Config, ConfigDef, ConfigKey, ConfigValue, Error, ErrorKind, Importance, KeyType, Validator, Width};

use crate::dialect::{Dialect, Sql, without_secrets};
use crate::time_zone::TimeZone;

/// The JDBC URL.
pub const URL: &str = "connection.url";
/// The user.
pub const USER: &str = "connection.user";
/// The user's password.
pub const PASSWORD: &str = "connection.password";
/// How often connecting is tried.
pub const ATTEMPTS: &str = "connection.attempts";
/// The time between two attempts, in milliseconds.
pub const BACKOFF: &str = "connection.backoff.ms";
/// The dialect's name; empty: the one of the URL.
pub const DIALECT: &str = "dialect.name";
/// The zone of dates and times without one.
pub const TIME_ZONE: &str = "db.timezone";
/// Whether names are quoted: `always` or `never`.
pub const QUOTE: &str = "quote.sql.identifiers";
/// The same as a boolean, as the connectors of `io.aiven.connect.jdbc` have it.
pub const QUOTE_BOOLEAN: &str = "sql.quote.identifiers";
/// Which calendar days before 15 October 1582 are counted by.
pub const CALENDAR: &str = "date.calendar.system";

/// The group of a form.
const GROUP: &str = "Database";

/// The keys of the connection, in both connectors.
pub fn keys(def: ConfigDef) -> ConfigDef {
    let url = "JDBC URL of the database, such as jdbc:postgresql://host:5432/db, jdbc:mysql://host:3306/db, jdbc:mariadb://host/db, \
               jdbc:sqlite:/path/to/file.db or jdbc:sqlserver://host:1433;databaseName=db. Other keys that begin with `connection.` go to \
               the driver.";
    let attempts = "How often connecting to the database is tried before the task fails.";
    let backoff = "The time between two attempts to connect, in milliseconds.";
    let text = |name, importance, documentation| ConfigKey::new(name, KeyType::String, importance, documentation);
    let int = |name, documentation| ConfigKey::new(name, KeyType::Int, Importance::Low, documentation);
    let password = ConfigKey::new(PASSWORD, KeyType::Password, Importance::High, "The user's password.");
    def.key(text(URL, Importance::High, url).check_with(is_url).group(GROUP, 1).width(Width::Long).display_name("JDBC URL"))
        .key(text(USER, Importance::High, "The user.").optional().group(GROUP, 2).width(Width::Medium).display_name("JDBC User"))
        .key(password.optional().group(GROUP, 3).width(Width::Short).display_name("JDBC Password"))
        .key(
            int(ATTEMPTS, attempts)
                .default("3")
                .validator(Validator::Min(1.0))
                .group(GROUP, 4)
                .width(Width::Short)
                .display_name("JDBC connection attempts"),
        )
        .key(
            ConfigKey::new(BACKOFF, KeyType::Long, Importance::Low, backoff)
                .default("10000")
                .validator(Validator::Min(0.0))
                .group(GROUP, 5)
                .width(Width::Short)
                .display_name("JDBC connection backoff in milliseconds"),
        )
}

/// The keys that say what is sent to the database, in both connectors.
pub fn dialect_keys(def: ConfigDef) -> ConfigDef {
    let dialect = "The dialect of the database; empty: the one that the URL tells.";
    let zone = "The time zone of the database: that of its dates and times without one. An IANA name.";
    let quote = "Whether names of tables and columns are quoted in statements: always or never.";
    let quote_boolean = "The same as quote.sql.identifiers, as true or false; if both are set, that one counts.";
    let calendar =
        "How days before 15 October 1582 are counted: LEGACY as java.sql does, by the Julian calendar, or PROLEPTIC_GREGORIAN.";
    let text = |name, documentation| ConfigKey::new(name, KeyType::String, Importance::Low, documentation);
    def.key(
        text(DIALECT, dialect)
            .default("")
            .check_with(is_dialect)
            .recommended(&Dialect::NAMES)
            .group(GROUP, 20)
            .width(Width::Long)
            .display_name("Database Dialect"),
    )
    .key(
        text(TIME_ZONE, zone)
            .default("UTC")
            .check_with(is_time_zone)
            .group(GROUP, 21)
            .width(Width::Medium)
            .display_name("DB time zone"),
    )
    .key(
        text(QUOTE, quote)
            .default("always")
            .validator(Validator::OneOfIgnoringCase(vec!["always", "never"]))
            .recommended(&["always", "never"])
            .group(GROUP, 22)
            .width(Width::Medium)
            .display_name("Quote Identifiers"),
    )
    .key(
        ConfigKey::new(QUOTE_BOOLEAN, KeyType::Boolean, Importance::Low, quote_boolean)
            .default("true")
            .group(GROUP, 23)
            .width(Width::Short)
            .display_name("Quote Identifiers (boolean)"),
    )
    .key(
        text(CALENDAR, calendar)
            .default("LEGACY")
            .validator(Validator::OneOf(vec!["LEGACY", "PROLEPTIC_GREGORIAN"]))
            .recommended(&["LEGACY", "PROLEPTIC_GREGORIAN"])
            .group(GROUP, 24)
            .width(Width::Medium)
            .display_name("Date Calendar System"),
    )
}

fn is_url(_: &str, value: &ConfigValue) -> Result<(), Error> {
    value.shown().map_or(Ok(()), |url| Dialect::of("", &url).map(|_| ()))
}

fn is_dialect(name: &str, value: &ConfigValue) -> Result<(), Error> {
    match value.shown() {
        Some(text) if !Dialect::NAMES.contains(&text.as_str()) => {
            let text = Some(text.as_str());
            Err(Error::invalid_value(name, text, &format!("Invalid enumerator; there are {}", Dialect::NAMES.join(" "))))
        }
        _ => Ok(()),
    }
}

fn is_time_zone(name: &str, value: &ConfigValue) -> Result<(), Error> {
    match value.shown() {
        Some(zone) if TimeZone::named(&zone).is_none() => {
            Err(Error::invalid_value(name, Some(&zone), "Invalid time zone identifier"))
        }
        _ => Ok(()),
    }
}

/// The writer of SQL for a configuration.
pub fn sql(config: &Config) -> Result<Sql, Error> {
    let quotes = match config.originals().contains_key(QUOTE) {
        true => config.string(QUOTE)?.eq_ignore_ascii_case("always"),
        false => config.boolean(QUOTE_BOOLEAN)?,
    };
    Sql::of(config.string(DIALECT)?, config.string(URL)?, !quotes)
}

/// The time zone of a configuration.
pub fn time_zone(config: &Config) -> Result<TimeZone, Error> {
    let name = config.string(TIME_ZONE)?;
    TimeZone::named(name).ok_or_else(|| Error::invalid_value(TIME_ZONE, Some(name), "Invalid time zone identifier"))
}

/// How connections are opened, by both connectors' keys.
pub fn options(config: &Config) -> Result<OpenOptions, Error> {
    let calendar = if config.string(CALENDAR)? == "LEGACY" { "legacy" } else { "proleptic" };
    Ok(OpenOptions::default().time_zone(config.string(TIME_ZONE)?).calendar(calendar))
}

/// Connects once. The error names the URL, without user and password.
pub fn open(config: &Config, options: &OpenOptions) -> Result<Connection, Error> {
    Connection::open(config, options).map_err(|error| {
        let url = without_secrets(config.string(URL).unwrap_or_default());
        with_message(&error, format!("Couldn't open connection to {url}: {}", error.message()))
    })
}

/// The same failure with another message.
pub fn with_message(error: &Error, message: String) -> Error {
    let mut told = match error.kind() {
        ErrorKind::Retriable => Error::retriable(message),
        ErrorKind::Data => Error::data(message),
        ErrorKind::Config => Error::config(message),
        ErrorKind::Connect => Error::connect(message),
    };
    for (name, value) in error.options() {
        told = told.with_option(name.clone(), value.clone());
    }
    told
}

/// Whether another attempt may succeed where this one failed: not with a wrong password.
fn may_succeed_later(error: &Error) -> bool {
    error.kind() == ErrorKind::Retriable || error.option(REASON) == Some("connection")
}

/// A task's connection, opened when it is needed and again after it is lost.
#[derive(Debug)]
pub struct Link {
    config: Config,
    options: OpenOptions,
    attempts: u32,
    backoff: Duration,
    failed: u32,
    connection: Option<Connection>,
}

/// What became of an attempt to have a connection.
#[derive(Debug)]
pub enum Attempt<'a> {
    /// There is one.
    Connected(&'a Connection),
    /// There is none; the next attempt is due after that time. With what went wrong.
    Later(Duration, Error),
}

impl Link {
    /// Not connected yet.
    pub fn new(config: &Config, options: OpenOptions) -> Result<Self, Error> {
        Ok(Self {
            config: config.clone(),
            options,
            attempts: u32::try_from(config.int(ATTEMPTS)?).unwrap_or(1),
            backoff: Duration::from_millis(u64::try_from(config.long(BACKOFF)?).unwrap_or(0)),
            failed: 0,
            connection: None,
        })
    }

    /// The connection. An error: it cannot be had, as often as it was tried.
    pub fn attempt(&mut self) -> Result<Attempt<'_>, Error> {
        if self.connection.is_none() {
            match open(&self.config, &self.options) {
                Ok(connection) => {
                    self.failed = 0;
                    self.connection = Some(connection);
                }
                Err(error) => {
                    self.failed += 1;
                    if self.failed >= self.attempts || !may_succeed_later(&error) {
                        let told = format!("{} (attempt {} of {}, {ATTEMPTS})", error.message(), self.failed, self.attempts);
                        return Err(Error::connect(told));
                    }
                    return Ok(Attempt::Later(self.backoff, error));
                }
            }
        }
        match &self.connection {
            Some(connection) => Ok(Attempt::Connected(connection)),
            None => Err(Error::connect("there is no connection")),
        }
    }

    /// The connection, if it is open.
    pub fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// Gives the connection up: the next attempt opens another.
    pub fn close(&mut self) {
        self.connection = None;
    }
}
