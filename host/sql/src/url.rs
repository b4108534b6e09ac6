//! JDBC URLs, as each database's driver reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use connection_string::JdbcString;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::error::SqlError;

/// The key that names the database.
pub const KEY: &str = "connection.url";

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Dialect {
    PostgreSql,
    MySql,
    MariaDb,
    Sqlite,
    SqlServer,
    Oracle,
}

impl Dialect {
    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
            Self::Sqlite => "sqlite",
            Self::SqlServer => "sqlserver",
            Self::Oracle => "oracle",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::PostgreSql => 5432,
            Self::MySql | Self::MariaDb => 3306,
            Self::SqlServer => 1433,
            Self::Oracle => 1521,
            Self::Sqlite => 0,
        }
    }
}

/// A host, by name or number without brackets, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    /// Lower case.
    pub name: String,
    /// TCP port.
    pub port: u16,
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// On the first of these hosts that answers.
    Hosts(Vec<Host>),
    /// In a file.
    File(PathBuf),
    /// In memory, and gone with the connection.
    Memory,
}

/// What a JDBC URL says.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JdbcUrl {
    /// The kind of database.
    pub dialect: Dialect,
    /// Where it is.
    pub place: Place,
    /// The database, service or SID; none: the user's own.
    pub database: Option<String>,
    /// Names and values as they stand there; `user` and `password` are among them.
    pub properties: BTreeMap<String, String>,
}

impl JdbcUrl {
    /// Reads a URL that begins with `jdbc:`.
    ///
    /// # Errors
    /// What cannot be read, without telling a password that stands there.
    pub fn parse(text: &str) -> Result<Self, SqlError> {
        let text = text.trim();
        let unknown = || {
            refused(
                text,
                "it is none of jdbc:postgresql://host:port/database, jdbc:mysql://…, jdbc:mariadb://…, jdbc:sqlite:path, \
                 jdbc:sqlserver://host:port;databaseName=… and jdbc:oracle:thin:@host:port/service",
            )
        };
        let (scheme, rest) = text.strip_prefix("jdbc:").and_then(|rest| rest.split_once(':')).ok_or_else(unknown)?;
        match scheme.to_ascii_lowercase().as_str() {
            "postgresql" => hosted(text, Dialect::PostgreSql, rest),
            "mysql" => hosted(text, Dialect::MySql, rest),
            "mariadb" => hosted(text, Dialect::MariaDb, rest),
            "sqlite" => Ok(sqlite(rest)),
            "sqlserver" => sql_server(text),
            "oracle" => oracle(text, rest),
            _ => Err(unknown()),
        }
    }

    /// A property by its name, whatever its case.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The URL in its plainest form, without credentials and properties.
    pub fn shown(&self) -> String {
        let hosts = |hosts: &[Host]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let database = self.database.as_deref().unwrap_or_default();
        match (&self.place, self.dialect) {
            (Place::Hosts(list), Dialect::SqlServer) => format!("jdbc:sqlserver://{};databaseName={database}", hosts(list)),
            (Place::Hosts(list), Dialect::Oracle) => format!("jdbc:oracle:thin:@//{}/{database}", hosts(list)),
            (Place::Hosts(list), dialect) => format!("jdbc:{}://{}/{database}", dialect.name(), hosts(list)),
            (Place::File(path), _) => format!("jdbc:sqlite:{}", path.display()),
            (Place::Memory, _) => "jdbc:sqlite::memory:".to_owned(),
        }
    }
}

/// Whether a property of a driver is a secret, by its name: `password`, `sslpassword`, `keyStorePassword`, `accessToken`, …
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token"].iter().any(|word| name.contains(word))
}

/// A URL in its plainest form, without the user and the secrets that stand in it; none if there are none, or if it cannot be read.
pub fn without_credentials(text: &str) -> Option<String> {
    let url = JdbcUrl::parse(text).ok()?;
    let is_credential = |name: &str| is_secret(name) || ["user", "username"].iter().any(|user| name.eq_ignore_ascii_case(user));
    let kept = || url.properties.iter().filter(|(name, _)| !is_credential(name));
    match (kept().count(), url.dialect) {
        (count, _) if count == url.properties.len() => None,
        (0, _) | (_, Dialect::SqlServer | Dialect::Oracle) => Some(url.shown()),
        _ => {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept()).finish();
            Some(format!("{}?{query}", url.shown()))
        }
    }
}

/// Without credentials: a password may be among the properties.
impl fmt::Debug for JdbcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

/// What stands behind `user:password@`, `?` and `;` may be secret and is not told.
fn refused(text: &str, why: &str) -> SqlError {
    let end = text.find(['?', ';', '@']).unwrap_or(text.len());
    let shown = text.get(..end).unwrap_or_default();
    let shown = if text.get(end..).is_some_and(|rest| rest.starts_with('@')) {
        shown.split("//").next().unwrap_or_default()
    } else {
        shown
    };
    SqlError::config(KEY, shown, why)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `//host:port,host:port/database?name=value&…`, as PostgreSQL's, MySQL's and MariaDB's drivers have it.
fn hosted(text: &str, dialect: Dialect, rest: &str) -> Result<JdbcUrl, SqlError> {
    // Words such as `loadbalance:` and `sequential:` stand before the hosts.
    let (_, rest) = rest.split_once("//").unwrap_or(("", rest));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = match text.contains("//") {
        true => path.split_once('/').unwrap_or((path, "")),
        // `jdbc:postgresql:database` and `jdbc:postgresql:/`.
        false => ("", path.trim_start_matches('/')),
    };
    let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut properties = BTreeMap::new();
    if let Some((user, password)) = credentials.split_once(':').or((!credentials.is_empty()).then_some((credentials, ""))) {
        properties.insert("user".to_owned(), decoded(user));
        if !password.is_empty() {
            properties.insert("password".to_owned(), decoded(password));
        }
    }
    properties.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    let hosts = hosts.split(',').map(|host| one_host(text, dialect, host)).collect::<Result<_, _>>()?;
    let database = Some(decoded(database)).filter(|database| !database.is_empty());
    Ok(JdbcUrl { dialect, place: Place::Hosts(hosts), database, properties })
}

/// `host`, `host:port`, `[::1]:port`; nothing is this machine.
fn one_host(text: &str, dialect: Dialect, host: &str) -> Result<Host, SqlError> {
    let host = if host.is_empty() || host.starts_with(':') { format!("localhost{host}") } else { host.to_owned() };
    let url = Url::parse(&format!("tcp://{host}/"))
        .map_err(|error| refused(text, &format!("{host} is no host with a port ({error})")))?;
    let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let port = url.port().unwrap_or_else(|| dialect.default_port());
    if url.username().is_empty() && is_host(&name) {
        return Ok(Host { name, port });
    }
    Err(refused(text, &format!("{host} is no host: sockets of this machine and other paths are not connected to")))
}

/// A name of a host, or its number: no path, and nothing that means a path once it is decoded.
fn is_host(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}

/// `path`, `file:path?…`, `:memory:` or nothing.
fn sqlite(rest: &str) -> JdbcUrl {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let properties: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let is_memory = properties.get("mode").is_some_and(|mode| mode == "memory");
    let place = match path.strip_prefix("file:") {
        _ if is_memory => Place::Memory,
        Some(":memory:") => Place::Memory,
        Some(path) => Place::File(
            decoded(path.strip_prefix("//").map_or(path, |path| path.strip_prefix("localhost").unwrap_or(path))).into(),
        ),
        None if path.is_empty() || path == ":memory:" => Place::Memory,
        None => Place::File(path.into()),
    };
    JdbcUrl { dialect: Dialect::Sqlite, place, database: None, properties }
}

/// `//host\instance:port;name=value;…`.
fn sql_server(text: &str) -> Result<JdbcUrl, SqlError> {
    let parsed: JdbcString = text.parse().map_err(|error| refused(text, &format!("it cannot be read ({error})")))?;
    let properties: BTreeMap<String, String> = parsed.properties().clone().into_iter().collect();
    let named = |names: &[&str]| {
        let found =
            |name: &&str| properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        names.iter().find_map(found)
    };
    if parsed.instance_name().is_some() && parsed.port().is_none() && named(&["portNumber", "port"]).is_none() {
        return Err(refused(text, "an instance is found by its port here: add it, //host:port"));
    }
    let name = parsed
        .server_name()
        .map(str::to_owned)
        .or_else(|| named(&["serverName", "server"]))
        .unwrap_or_else(|| "localhost".to_owned());
    let port = match (parsed.port(), named(&["portNumber", "port"])) {
        (Some(port), _) => port,
        (None, Some(port)) => port.parse().map_err(|_| refused(text, "portNumber is no port"))?,
        (None, None) => Dialect::SqlServer.default_port(),
    };
    let host = one_host(text, Dialect::SqlServer, &format!("{name}:{port}"))?;
    let database = named(&["databaseName", "database"]);
    Ok(JdbcUrl { dialect: Dialect::SqlServer, place: Place::Hosts(vec![host]), database, properties })
}

/// `thin:user/password@//host:port/service`, `thin:@host:port:SID`, `thin:@tcps://host:port/service?…`, `thin:@(DESCRIPTION=…)`.
fn oracle(text: &str, rest: &str) -> Result<JdbcUrl, SqlError> {
    let unreadable = || refused(text, "write jdbc:oracle:thin:@host:port/service or jdbc:oracle:thin:@host:port:SID");
    let (credentials, target) = rest.strip_prefix("thin:").and_then(|rest| rest.split_once('@')).ok_or_else(unreadable)?;
    let mut properties = BTreeMap::new();
    if let Some((user, password)) = credentials.split_once('/') {
        properties.insert("user".to_owned(), user.to_owned());
        properties.insert("password".to_owned(), password.to_owned());
    }
    if target.trim_start().starts_with('(') {
        let value = |name: &str| {
            let compact: String = target.split_whitespace().collect();
            let start = compact.to_ascii_uppercase().find(&format!("({name}="))? + name.len() + 2;
            compact.get(start..)?.split(')').next().map(str::to_owned)
        };
        let host = format!("{}:{}", value("HOST").ok_or_else(unreadable)?, value("PORT").unwrap_or_else(|| "1521".to_owned()));
        let database = value("SERVICE_NAME").or_else(|| value("SID"));
        let place = Place::Hosts(vec![one_host(text, Dialect::Oracle, &host)?]);
        return Ok(JdbcUrl { dialect: Dialect::Oracle, place, database, properties });
    }
    let (target, query) = target.split_once('?').unwrap_or((target, ""));
    properties.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    if let Some((protocol, _)) = target.split_once("://") {
        properties.insert("protocol".to_owned(), protocol.to_ascii_lowercase());
    }
    let target = target.split_once("//").map_or(target, |(_, target)| target);
    let (host, database) = match target.split_once('/') {
        Some((host, service)) => (host, service),
        None => {
            let (host, sid) = target.rsplit_once(':').ok_or_else(unreadable)?;
            properties.insert("sid".to_owned(), sid.to_owned());
            (host, sid)
        }
    };
    let hosts = host.split(',').map(|host| one_host(text, Dialect::Oracle, host)).collect::<Result<_, _>>()?;
    Ok(JdbcUrl { dialect: Dialect::Oracle, place: Place::Hosts(hosts), database: Some(database.to_owned()), properties })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        JdbcUrl::parse(text).unwrap().shown()
    }

    #[test]
    fn urls_are_those_that_users_have() {
        for (text, expected) in [
            ("jdbc:postgresql://DB:5433/shop?sslmode=require", "jdbc:postgresql://db:5433/shop"),
            ("jdbc:postgresql://db/", "jdbc:postgresql://db:5432/"),
            ("jdbc:postgresql://a,b:5433/x", "jdbc:postgresql://a:5432,b:5433/x"),
            ("jdbc:postgresql:shop", "jdbc:postgresql://localhost:5432/shop"),
            ("jdbc:postgresql://[::1]:5433/x", "jdbc:postgresql://[::1]:5433/x"),
            ("jdbc:mysql://root:pw%40@db/a%20b?useSSL=false", "jdbc:mysql://db:3306/a b"),
            ("jdbc:mysql:loadbalance://a,b/x", "jdbc:mysql://a:3306,b:3306/x"),
            ("jdbc:mariadb://localhost:3307/", "jdbc:mariadb://localhost:3307/"),
            ("jdbc:sqlite:/data/x.db", "jdbc:sqlite:/data/x.db"),
            ("jdbc:sqlite:file:/data/a%20b.db?cache=shared", "jdbc:sqlite:/data/a b.db"),
            ("jdbc:sqlite:file:///data/x.db", "jdbc:sqlite:/data/x.db"),
            ("jdbc:sqlite::memory:", "jdbc:sqlite::memory:"),
            ("jdbc:sqlite:", "jdbc:sqlite::memory:"),
            ("jdbc:sqlserver://db:1434;databaseName=shop;user=sa;password={a;b}", "jdbc:sqlserver://db:1434;databaseName=shop"),
            ("jdbc:sqlserver://db;database=shop", "jdbc:sqlserver://db:1433;databaseName=shop"),
            ("jdbc:oracle:thin:@//db:1522/shop", "jdbc:oracle:thin:@//db:1522/shop"),
            ("jdbc:oracle:thin:scott/tiger@db:1522:ORCL", "jdbc:oracle:thin:@//db:1522/ORCL"),
            (
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1523))(CONNECT_DATA=(SERVICE_NAME=s)))",
                "jdbc:oracle:thin:@//db:1523/s",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn properties_and_credentials_are_found() {
        let url = JdbcUrl::parse("jdbc:mysql://root:pw%40@db/x?useSSL=false&sslMode=REQUIRED").unwrap();
        assert_eq!((url.property("user"), url.property("password")), (Some("root"), Some("pw@")));
        assert_eq!(url.property("SSLMODE"), Some("REQUIRED"));
        let url = JdbcUrl::parse("jdbc:sqlserver://db;databaseName=x;user=sa;password={a;b}").unwrap();
        assert_eq!(url.property("password"), Some("a;b"));
        let url = JdbcUrl::parse("jdbc:oracle:thin:scott/tiger@tcps://db:2484/s").unwrap();
        assert_eq!((url.property("user"), url.property("protocol")), (Some("scott"), Some("tcps")));
    }

    #[test]
    fn credentials_are_left_out() {
        for (text, expected) in [
            ("jdbc:postgresql://db/x?user=u&password=p", Some("jdbc:postgresql://db:5432/x")),
            (
                "jdbc:postgresql://db/x?PASSWORD=p&sslmode=require&sslpassword=q",
                Some("jdbc:postgresql://db:5432/x?sslmode=require"),
            ),
            ("jdbc:mysql://u:p@db/x?useSSL=false", Some("jdbc:mysql://db:3306/x?useSSL=false")),
            ("jdbc:mariadb://u@db/x", Some("jdbc:mariadb://db:3306/x")),
            ("jdbc:sqlserver://db;databaseName=x;user=sa;password={a;b}", Some("jdbc:sqlserver://db:1433;databaseName=x")),
            ("jdbc:oracle:thin:scott/tiger@db:1522:ORCL", Some("jdbc:oracle:thin:@//db:1522/ORCL")),
            ("jdbc:postgresql://db/x?sslmode=require", None),
            ("jdbc:sqlite:/data/user=password.db", None),
            ("https://u:p@db/x", None),
        ] {
            assert_eq!(without_credentials(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn nothing_but_a_host_is_a_host() {
        for text in [
            "jdbc:postgresql://%2Ftmp/x",
            "jdbc:postgresql://%2Fvar%2Frun%2Fpostgresql/x",
            "jdbc:mysql://%40abstract/x",
            "jdbc:postgresql://db:port/x",
            "jdbc:h2:mem:x",
            "postgresql://db/x",
            "jdbc:oracle:oci:@x",
            "jdbc:sqlserver://db\\instance;databaseName=x",
        ] {
            assert!(JdbcUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_error_tells_a_password() {
        for text in ["jdbc:mysql://root:secret@db:port/x", "jdbc:h2:x;password=secret", "jdbc:foo://x?password=secret"] {
            let told = JdbcUrl::parse(text).unwrap_err().message;
            assert!(!told.contains("secret") && told.contains(KEY), "{told}");
        }
        assert!(!format!("{:?}", JdbcUrl::parse("jdbc:mysql://root:secret@db/x").unwrap()).contains("secret"));
    }
}
