//! Keys of the sandbox: what a plugin may use. The worker sets the defaults, a connector overrides them with the same keys.

use std::time::Duration;

use super::Props;
use super::definition::{ConfigDef, ConfigKey, Importance, Type};
use super::validator::Validator;
use super::value::{ConfigError, Value};

/// What one instance may use: the worker's defaults, overridden by a connector's `sandbox.*` keys.
///
/// Fuel is roughly one unit a WebAssembly instruction. The defaults are there for liveness: languages differ 170-fold in
/// fuel for the same work, so a budget that fits Rust would stop JavaScript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fuel for every call, whatever it is given.
    pub fuel_per_call: u64,
    /// Fuel a call gets on top for each record it is given.
    pub fuel_per_record: u64,
    /// Linear memory of an instance in bytes, all its memories together.
    pub memory: u64,
    /// How long a call may take in all, time in the host included.
    pub call_timeout: Duration,
    /// Handles to host resources (files, sockets, streams) open at once.
    pub handles: u32,
    /// Elements of all tables together.
    pub table_elements: u32,
    /// Connections of a connector to its database, those of all its tasks together.
    pub sql_connections: u32,
}

impl Default for Limits {
    /// What the keys say when nobody sets them.
    fn default() -> Self {
        Self {
            fuel_per_call: 10_000_000_000,
            fuel_per_record: 10_000_000,
            memory: 64 << 20,
            call_timeout: Duration::from_secs(60),
            handles: 1_000,
            table_elements: 1_000_000,
            sql_connections: 64,
        }
    }
}

/// The keys that bound a plugin, for workers and connectors alike.
fn limits() -> Vec<ConfigKey> {
    let default = Limits::default();
    vec![
        bound(
            "sandbox.fuel.per.call",
            default.fuel_per_call,
            1,
            "Fuel, about one unit a WebAssembly instruction, that each call into a plugin may burn whatever it is given.",
        ),
        bound("sandbox.fuel.per.record", default.fuel_per_record, 0, "Fuel that a call gets on top for each record it is given."),
        bound("sandbox.memory.bytes", default.memory, 65_536, "The most linear memory, in bytes, of one instance of a plugin."),
        bound(
            "sandbox.call.timeout.ms",
            default.call_timeout.as_secs() * 1000,
            1,
            "How long, in milliseconds, one call into a plugin may take, time spent in the host included.",
        ),
        bound(
            "sandbox.handles",
            default.handles.into(),
            1,
            "Files, sockets and streams that one instance of a plugin may have open at once.",
        )
        .int(),
        bound("sandbox.table.elements", default.table_elements.into(), 1, "Elements of all tables of one instance of a plugin.")
            .int(),
        bound(
            "sandbox.sql.connections.max",
            default.sql_connections.into(),
            1,
            "Connections that a connector may have to its database at once, those of all its tasks on a worker together.",
        )
        .int(),
    ]
}

fn bound(name: &str, default: u64, min: u32, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, Type::Long, documentation)
        .default_text(&default.to_string())
        .check(Validator::Range(Some(f64::from(min)), None))
        .importance(Importance::Low)
}

impl ConfigKey {
    fn int(mut self) -> Self {
        self.type_ = Type::Int;
        self
    }
}

/// The `sandbox.*` keys of a worker.
pub fn worker_keys() -> Vec<ConfigKey> {
    let mut keys = limits();
    keys.push(
        ConfigKey::new(
            "sandbox.files.roots",
            Type::List,
            "Folders below which connectors may name files and folders. Unset: any. Empty: none.",
        )
        .importance(Importance::Medium),
    );
    keys.push(
        ConfigKey::new(
            "sandbox.hosts",
            Type::List,
            "Hosts (name, *.domain or address, with :port or without) that connectors may name. Unset: any. Empty: none.",
        )
        .importance(Importance::Medium),
    );
    keys.push(
        ConfigKey::new(
            "sandbox.cache.dir",
            Type::String,
            "Folder for compiled plugins. Only the worker may write to it. Unset: `caisson` in the user's cache folder.",
        )
        .importance(Importance::Low),
    );
    keys
}

/// The `sandbox.*` keys of a connector; a limit that is not set has the worker's value.
pub fn connector_def() -> ConfigDef {
    let mut keys = limits();
    keys.push(
        ConfigKey::new(
            "sandbox.grants",
            Type::List,
            "What the connector's plugins may reach beyond what its other keys name: read:PATH, write:PATH (a file, or a folder and \
             all below it), connect:HOST:PORT, clocks, random.",
        )
        .importance(Importance::Medium),
    );
    ConfigDef::new(keys.into_iter().map(|key| {
        let name = key.name.clone();
        key.shown("Sandbox", -1, "MEDIUM", &name)
    }))
}

impl Limits {
    /// The fuel of a call that is given that many records.
    pub fn fuel(&self, records: usize) -> u64 {
        self.fuel_per_call.saturating_add(self.fuel_per_record.saturating_mul(records as u64))
    }

    /// The worker's limits, from its properties.
    pub fn of_worker(worker: &Props) -> Result<Self, ConfigError> {
        Self::read(&[worker])
    }

    /// A connector's limits: its own, else the worker's.
    pub fn of_connector(worker: &Props, connector: &Props) -> Result<Self, ConfigError> {
        Self::read(&[worker, connector])
    }

    /// Reads each key from the last of `layers` that sets it.
    fn read(layers: &[&Props]) -> Result<Self, ConfigError> {
        let mut props = Props::new();
        for layer in layers {
            let own = layer.iter().filter(|(key, _)| key.starts_with("sandbox."));
            props.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        }
        let values = ConfigDef::new(limits()).parse(&props)?;
        let number = |key: &str| values.get(key).and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
        let small = |key: &str| u32::try_from(number(key)).unwrap_or(u32::MAX);
        Ok(Self {
            fuel_per_call: number("sandbox.fuel.per.call"),
            fuel_per_record: number("sandbox.fuel.per.record"),
            memory: number("sandbox.memory.bytes"),
            call_timeout: Duration::from_millis(number("sandbox.call.timeout.ms")),
            handles: small("sandbox.handles"),
            table_elements: small("sandbox.table.elements"),
            sql_connections: small("sandbox.sql.connections.max"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_overrides_its_worker() {
        let worker = Props::from([("sandbox.memory.bytes".into(), "1000000".into()), ("sandbox.handles".into(), "7".into())]);
        let connector = Props::from([("sandbox.handles".into(), "9".into())]);
        let limits = Limits::of_connector(&worker, &connector).unwrap();
        assert_eq!((limits.memory, limits.handles, limits.call_timeout), (1_000_000, 9, Duration::from_secs(60)));
        let bad = Props::from([("sandbox.handles".into(), "x".into())]);
        let error = Limits::of_connector(&worker, &bad).unwrap_err();
        assert_eq!(error.0, "Invalid value x for configuration sandbox.handles: Not a number of type INT");
    }
    #[test]
    fn defaults_are_those_of_the_keys() {
        assert_eq!(Limits::of_worker(&Props::new()).unwrap(), Limits::default());
    }

    #[test]
    fn fuel_grows_with_the_batch_and_never_overflows() {
        let limits = Limits { fuel_per_call: 5, fuel_per_record: 2, ..Limits::default() };
        assert_eq!(limits.fuel(10), 25);
        assert_eq!(Limits { fuel_per_record: u64::MAX, ..limits }.fuel(2), u64::MAX);
    }
}
