//! Plugins: where they come from, what they say of themselves, and how a config's class name finds one.

pub mod artifact;
pub mod catalogue;
pub mod embedded;
pub mod error;
pub mod manifest;
pub mod scan;
pub mod version;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Props;
use crate::config::definition::ConfigDef;
use crate::plugin::artifact::Artifact;
use crate::plugin::manifest::Description;

/// Before the key that says how often a connector is asked for the configurations of its tasks.
const RECONFIGURE_EVERY: &str = "reconfigure-every:";

/// What a plugin is to the worker. Kafka's `PluginType`, in the order in which `GET /connector-plugins` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A sink connector and its tasks.
    Sink,
    /// A source connector and its tasks.
    Source,
    /// A single message transform.
    Transformation,
    /// A predicate that guards a transform.
    Predicate,
    /// A key or value converter.
    Converter,
    /// A header converter.
    HeaderConverter,
}

impl Kind {
    /// The name the REST API and the manifest use, such as `header_converter`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Source => "source",
            Self::Transformation => "transformation",
            Self::Predicate => "predicate",
            Self::Converter => "converter",
            Self::HeaderConverter => "header_converter",
        }
    }

    /// The kind of that name; none for kinds of a later contract.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "sink" => Some(Self::Sink),
            "source" => Some(Self::Source),
            "transformation" => Some(Self::Transformation),
            "predicate" => Some(Self::Predicate),
            "converter" => Some(Self::Converter),
            "header_converter" => Some(Self::HeaderConverter),
            _ => None,
        }
    }

    /// Whether configs ask for it by `connector.class`.
    pub fn is_connector(self) -> bool {
        matches!(self, Self::Source | Self::Sink)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A config key that names something outside the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The config key.
    pub key: String,
    /// `file-read`, `file-write`, `directory-read`, `directory-write`, `url`, `address`, or `tls`: then `key` is the beginning of keys.
    pub access: String,
}

/// One plugin of one component.
#[derive(Debug)]
pub struct Plugin {
    /// What the component's manifest says of it.
    pub description: Description,
    /// The kind, parsed.
    pub kind: Kind,
    /// Its own ConfigDef.
    pub config: ConfigDef,
    /// The component that holds it.
    pub artifact: Arc<Artifact>,
}

impl Plugin {
    /// The plugin that a manifest describes; none for a kind of a later contract.
    pub fn new(description: Description, artifact: Arc<Artifact>) -> Option<Self> {
        let kind = Kind::parse(&description.kind)?;
        let config = description.config_def();
        Some(Self { description, kind, config, artifact })
    }

    /// Full class name, such as `org.apache.kafka.connect.file.FileStreamSourceConnector`.
    pub fn class(&self) -> &str {
        &self.description.class
    }

    /// Its version as the manifest gives it.
    pub fn version(&self) -> &str {
        &self.description.version
    }

    /// Whether the manifest names that capability, such as `commit-records` or `validate`.
    pub fn has_capability(&self, capability: &str) -> bool {
        self.description.capabilities.iter().any(|named| named == capability)
    }

    /// How often a connector is asked again for the configurations of its tasks, because what they depend on may change by itself: as the
    /// key of its capability `reconfigure-every:<key>` says in milliseconds. None: never, unless it wants to be.
    pub fn reconfigured_every(&self, config: &Props) -> Option<Duration> {
        let key = self.description.capabilities.iter().find_map(|named| named.strip_prefix(RECONFIGURE_EVERY))?;
        let default = self.description.config.iter().find(|known| known.name == key).and_then(|known| known.default.as_ref());
        let millis: u64 = config.get(key).or(default)?.trim().parse().ok()?;
        Some(Duration::from_millis(millis)).filter(|every| !every.is_zero())
    }
}
