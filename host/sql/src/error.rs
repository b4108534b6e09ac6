//! What a database, or the way to it, failed with.

use std::fmt;

/// Why something failed; `reason` of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No connection, or it is lost.
    Connection,
    /// The database refuses the user.
    Authentication,
    /// A time limit.
    Timeout,
    /// The statement was ended.
    Cancelled,
    /// A deadlock or a serialization failure.
    Deadlock,
    /// A constraint of a table.
    Constraint,
    /// A value that does not fit.
    Value,
    /// The database does not understand the statement.
    Syntax,
    /// No such table, column, schema or database.
    Missing,
    /// The user may not do it.
    Permission,
    /// A limit of the worker.
    Limit,
    /// A key of the configuration is wrong.
    Config,
    /// Anything else.
    Other,
}

impl Reason {
    /// The word of the contract; none for what it has no word for.
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::Connection => "connection",
            Self::Authentication => "authentication",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Deadlock => "deadlock",
            Self::Constraint => "constraint",
            Self::Value => "value",
            Self::Syntax => "syntax",
            Self::Missing => "missing",
            Self::Permission => "permission",
            Self::Limit => "limit",
            Self::Config | Self::Other => return None,
        })
    }

    /// By the classes of SQLSTATE (ISO 9075) and the codes that PostgreSQL and MySQL add to them.
    pub fn of_sql_state(state: &str) -> Self {
        match state {
            "57014" | "70100" => return Self::Cancelled,
            "57P01" | "57P02" | "57P03" | "53300" => return Self::Connection,
            "55P03" => return Self::Timeout,
            "42501" => return Self::Permission,
            "42P01" | "42703" | "3D000" | "3F000" | "42883" | "42704" | "42S02" | "42S22" => return Self::Missing,
            _ => {}
        }
        match state.get(..2) {
            Some("08") => Self::Connection,
            Some("28") => Self::Authentication,
            Some("40") => Self::Deadlock,
            Some("23") => Self::Constraint,
            Some("21" | "22") => Self::Value,
            Some("42") => Self::Syntax,
            _ => Self::Other,
        }
    }
}

/// A failure, told as the contract's `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// Why.
    pub reason: Reason,
    /// What a user reads.
    pub message: String,
    /// The SQLSTATE.
    pub state: Option<String>,
    /// The database's own number or name.
    pub code: Option<String>,
    /// The column whose value does not fit.
    pub column: Option<String>,
}

impl SqlError {
    /// Without a code of the database.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), state: None, code: None, column: None }
    }

    /// A key of the configuration is wrong.
    pub fn config(key: &str, value: &str, message: &str) -> Self {
        Self::new(Reason::Config, format!("Invalid value {value} for configuration {key}: {message}"))
    }

    /// The connection is gone.
    pub fn lost() -> Self {
        Self::new(Reason::Connection, "the connection to the database is closed; open another")
    }

    /// The same failure with the database's codes.
    pub fn with_codes(mut self, state: impl Into<String>, code: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self.code = Some(code.into());
        self
    }

    /// The same failure of that column.
    pub fn of_column(mut self, column: &str) -> Self {
        self.message = format!("column {column}: {}", self.message);
        self.column = Some(column.to_owned());
        self
    }

    /// The same failure of connecting to that place. What the server did not say itself is the connection's.
    pub fn at_connect(mut self, place: impl fmt::Display) -> Self {
        if self.state.is_none() && self.reason == Reason::Other {
            self.reason = Reason::Connection;
        }
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// The `kind` of the contract.
    pub fn kind(&self) -> &'static str {
        match self.reason {
            Reason::Connection | Reason::Timeout | Reason::Cancelled | Reason::Deadlock => "retriable",
            Reason::Authentication | Reason::Config => "config",
            Reason::Value => "data",
            _ => "connect",
        }
    }

    /// The Java exception class of such a failure.
    pub fn class(&self) -> &'static str {
        match self.reason {
            Reason::Connection => "java.sql.SQLNonTransientConnectionException",
            Reason::Authentication => "java.sql.SQLInvalidAuthorizationSpecException",
            Reason::Timeout | Reason::Cancelled => "java.sql.SQLTimeoutException",
            Reason::Deadlock => "java.sql.SQLTransactionRollbackException",
            Reason::Constraint => "java.sql.SQLIntegrityConstraintViolationException",
            Reason::Value => "java.sql.SQLDataException",
            Reason::Syntax | Reason::Missing | Reason::Permission => "java.sql.SQLSyntaxErrorException",
            Reason::Config => "org.apache.kafka.common.config.ConfigException",
            Reason::Limit | Reason::Other => "java.sql.SQLException",
        }
    }

    /// The options of the contract.
    pub fn options(&self) -> Vec<(String, String)> {
        let named = [
            ("sql.state", self.state.as_deref()),
            ("code", self.code.as_deref()),
            ("reason", self.reason.word()),
            ("column", self.column.as_deref()),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SqlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_why() {
        for (state, reason, kind) in [
            ("08006", Reason::Connection, "retriable"),
            ("28P01", Reason::Authentication, "config"),
            ("40P01", Reason::Deadlock, "retriable"),
            ("23505", Reason::Constraint, "connect"),
            ("22001", Reason::Value, "data"),
            ("42P01", Reason::Missing, "connect"),
            ("42601", Reason::Syntax, "connect"),
            ("57014", Reason::Cancelled, "retriable"),
            ("HY000", Reason::Other, "connect"),
            ("", Reason::Other, "connect"),
        ] {
            assert_eq!(Reason::of_sql_state(state), reason, "{state}");
            assert_eq!(SqlError::new(reason, "x").kind(), kind, "{state}");
        }
    }

    #[test]
    fn options_are_those_that_are_known() {
        let error = SqlError::new(Reason::Value, "too big").with_codes("22003", "1264").of_column("n");
        let options = error.options();
        let names: Vec<&str> = options.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["sql.state", "code", "reason", "column"]);
        assert_eq!(error.to_string(), "column n: too big");
        assert!(SqlError::config("connection.url", "x", "no URL").options().is_empty());
    }
}
