//! The database that an instance's configuration names: that one and no other.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use caisson_sql::connection::Connection;
use caisson_sql::dial::Gate;
use caisson_sql::error::{Reason, SqlError};
use caisson_sql::pool::Pool;
use caisson_sql::settings::{PREFIX, Settings};
use caisson_sql::url::{self, Place};

use crate::config::{Props, with_prefix};
use crate::net::internal::{is_internal, plain};
use crate::plugin::Plugin;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::address::Address;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::grant::path;
use crate::sandbox::grant::refusals::Refusals;

/// What a plugin's manifest says to be let at its database.
const CAPABILITY: &str = "sql";
/// What a plugin is given in the place of a password. Kafka shows passwords so.
pub const HIDDEN: &str = "[hidden]";

/// A database, and the configuration that names it as its plugin was given it.
#[derive(Clone)]
pub(in crate::sandbox) struct Database {
    given: Props,
    /// With the credentials, which the plugin is not given.
    config: Props,
    /// Where its file is, links resolved.
    file: Option<std::path::PathBuf>,
}

impl Database {
    /// The database that a plugin's configuration names; none for a plugin without the capability, and without a URL.
    ///
    /// # Errors
    /// [`CallError::Denied`] names a key that is wrong, or that names what is beyond the ceiling.
    pub(super) fn of(plugin: &Plugin, config: &Props, ceiling: &Ceiling) -> Result<Option<Self>, CallError> {
        if !plugin.has_capability(CAPABILITY) || config.get(url::KEY).is_none_or(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let settings = Settings::of(config, &[]).map_err(|error| CallError::Denied(error.to_string()))?;
        let mut file = None;
        match &settings.url.place {
            Place::Hosts(hosts) => {
                for host in hosts {
                    ceiling.check_address(url::KEY, &Address { host: host.name.clone(), port: host.port })?;
                }
            }
            Place::File(named) => file = Some(path::database(url::KEY, &named.to_string_lossy(), ceiling)?),
            Place::Memory => {}
        }
        for (key, named) in settings.files() {
            path::file(key, &named.to_string_lossy(), false, ceiling)?;
        }
        Ok(Some(Self { given: given(plugin, config.clone()), config: config.clone(), file }))
    }

    /// How a connection is opened, if this is the configuration that the plugin was given.
    pub(in crate::sandbox) fn settings(
        &self,
        config: &Props,
        options: &[(String, String)],
    ) -> Option<Result<Settings, SqlError>> {
        if self.given != *config {
            return None;
        }
        let settings = Settings::of(&self.config, options).map(|mut settings| {
            if let Some(file) = &self.file {
                settings.url.place = Place::File(file.clone());
            }
            settings
        });
        Some(settings)
    }
}

/// A configuration as a plugin is given it: the worker's drivers know the credentials, and nobody else.
// I29: a password never enters a sandbox whose plugin speaks to its database through the worker.
pub(in crate::sandbox) fn given(plugin: &Plugin, config: Props) -> Props {
    if plugin.has_capability(CAPABILITY) { withheld(config) } else { config }
}

/// A configuration with its secrets hidden, and without those that stand in its URL.
fn withheld(mut config: Props) -> Props {
    for (key, value) in config.range_mut(PREFIX.to_owned()..).take_while(|(key, _)| key.starts_with(PREFIX)) {
        if key == url::KEY {
            *value = url::without_credentials(value).unwrap_or_else(|| value.clone());
        } else if url::is_secret(key) && !value.is_empty() {
            HIDDEN.clone_into(value);
        }
    }
    config
}

/// Puts what a connector was not given back into the configuration of a task that it made; `connector` is as the user wrote it.
pub fn put_back(task: &mut Props, connector: &Props) {
    let given = withheld(connector.clone());
    for (key, written) in connector.iter().filter(|(key, written)| given.get(*key) != Some(written)) {
        if let Some(value) = task.get_mut(key).filter(|value| given.get(key) == Some(value)) {
            value.clone_from(written);
        }
    }
}

/// Checks that a task is to open its connector's database, by the same keys: its configuration was made by the connector, from which the
/// password that is put back must not go to another server.
///
/// # Errors
/// [`CallError::Denied`] names the first key that differs.
pub fn check_task(plugin: &Plugin, connector: &Props, task: &Props) -> Result<(), CallError> {
    if !plugin.has_capability(CAPABILITY) || !task.contains_key(url::KEY) {
        return Ok(());
    }
    let connection = |config: &Props| with_prefix(config, PREFIX);
    match differing_key(&connection(connector), &connection(task)) {
        None => Ok(()),
        Some(key) => Err(CallError::Denied(format!(
            "the sandbox refused the database of a task: the connector gave it another {PREFIX}{key} than its own; tasks may open the \
             database that {} of the connector's configuration names, and no other",
            url::KEY
        ))),
    }
}

/// A key that one configuration has, and the other has not or with another value.
fn differing_key<'p>(one: &'p Props, other: &'p Props) -> Option<&'p str> {
    one.keys().chain(other.keys()).find(|key| one.get(*key) != other.get(*key)).map(String::as_str)
}

/// The connections of all connectors of a worker.
#[derive(Default)]
pub(in crate::sandbox) struct Pools(Mutex<BTreeMap<String, Weak<Pool>>>);

impl Pools {
    /// The connections of a connector, at most so many; all its tasks share them.
    pub(in crate::sandbox) fn of(&self, connector: &str, limit: u32) -> Arc<Pool> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(connector).and_then(Weak::upgrade) {
            return pool;
        }
        pools.retain(|_, pool| pool.strong_count() > 0);
        let pool = Pool::new(limit as usize);
        pools.insert(connector.to_owned(), Arc::downgrade(&pool));
        pool
    }
}

/// The databases of an instance, and where its connections come from.
#[derive(Clone)]
pub(in crate::sandbox) struct Databases {
    named: Vec<Database>,
    pool: Arc<Pool>,
}

impl Databases {
    pub(in crate::sandbox) fn new(named: Vec<Database>, pool: Arc<Pool>) -> Self {
        Self { named, pool }
    }

    /// Opens the database that a configuration names.
    ///
    /// # Errors
    /// [`Reason::Config`] for one that the plugin was not given, which is a refusal; what the database refuses it for.
    pub(in crate::sandbox) async fn open(
        &self,
        config: &Props,
        options: &[(String, String)],
        refusals: &Refusals,
    ) -> Result<Connection, SqlError> {
        match self.named.iter().find_map(|database| database.settings(config, options)) {
            Some(settings) => self.pool.open(settings?, &gate()).await,
            None => {
                let told = self.refusal(config);
                refusals.add(|| told.clone());
                Err(SqlError::new(Reason::Config, told))
            }
        }
    }

    fn refusal(&self, config: &Props) -> String {
        let named = self.named.iter().min_by_key(|database| database.given.get(url::KEY) != config.get(url::KEY));
        let why = match named.and_then(|database| differing_key(config, &database.given)) {
            Some(key) => format!("the plugin asks for it by another {key} than it was given"),
            None => format!("the plugin was given no {}, or has not the capability {CAPABILITY} in its manifest", url::KEY),
        };
        format!(
            "the sandbox refused opening a database: {why}; a plugin may open the one that {} of its own configuration names, and no other",
            url::KEY
        )
    }
}

/// A name must not lead to addresses that only their numbers may name.
fn gate() -> Gate {
    Gate::new(|host, address| match host.name.parse::<IpAddr>() {
        Ok(named) => plain(named) == plain(address),
        Err(_) => !is_internal(plain(address)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// I29
    #[test]
    fn what_was_withheld_is_put_back() {
        let url = "jdbc:postgresql://db/x?user=u&password=secret&sslmode=require";
        let written = props(&[
            (url::KEY, url),
            ("connection.password", "secret"),
            ("connection.sslpassword", "secret"),
            ("connection.user", "u"),
            ("tables.password", "kept"),
        ]);
        let given = withheld(written.clone());
        assert!(given.iter().all(|(_, value)| !value.contains("secret")), "{given:?}");
        assert_eq!(given.get(url::KEY).map(String::as_str), Some("jdbc:postgresql://db:5432/x?sslmode=require"));
        assert_eq!(
            (given.get("connection.user"), given.get("tables.password")),
            (written.get("connection.user"), written.get("tables.password"))
        );
        let mut task = given.clone();
        put_back(&mut task, &written);
        assert_eq!(task, written);
        let mut own = props(&[(url::KEY, "jdbc:postgresql://other/x"), ("connection.password", "of the task")]);
        put_back(&mut own, &written);
        assert_eq!(own, props(&[(url::KEY, "jdbc:postgresql://other/x"), ("connection.password", "of the task")]));
    }

    /// I29
    #[test]
    fn only_the_configuration_that_was_given_opens() {
        let config = props(&[(url::KEY, "jdbc:postgresql://db/x"), ("connection.password", "p")]);
        let given = withheld(config.clone());
        let database = Database { given: given.clone(), config, file: None };
        assert_eq!(database.settings(&given, &[]).unwrap().unwrap().password.as_deref(), Some("p"));
        let databases = Databases::new(vec![database], Pool::new(1));
        for (key, value) in
            [(url::KEY, "jdbc:postgresql://other/x"), ("connection.user", "root"), (url::KEY, "jdbc:postgresql://127.0.0.1/x")]
        {
            let mut other = given.clone();
            other.insert(key.to_owned(), value.to_owned());
            assert!(databases.named[0].settings(&other, &[]).is_none(), "{key}={value}");
            assert!(databases.refusal(&other).contains(&format!("another {key} than")), "{}", databases.refusal(&other));
        }
        assert!(Databases::new(Vec::new(), Pool::new(1)).refusal(&given).contains("capability sql"));
    }

    /// I17
    #[test]
    fn a_key_that_differs_is_found() {
        let connector = props(&[("url", "a"), ("sslmode", "require")]);
        for (other, expected) in [
            (props(&[("url", "a"), ("sslmode", "require")]), None),
            (props(&[("url", "b"), ("sslmode", "require")]), Some("url")),
            (props(&[("url", "a")]), Some("sslmode")),
            (props(&[("url", "a"), ("sslmode", "require"), ("user", "root")]), Some("user")),
        ] {
            assert_eq!(differing_key(&connector, &other), expected);
        }
    }

    #[test]
    fn a_connector_has_one_pool() {
        let pools = Pools::default();
        let (a, b) = (pools.of("a", 2), pools.of("b", 2));
        assert!(Arc::ptr_eq(&a, &pools.of("a", 2)) && !Arc::ptr_eq(&a, &b));
        drop(a);
        assert!(pools.of("a", 2).open_connections() == 0);
    }
}
