//! Why a plugin is not to be had.

use std::path::Path;

/// A plugin that cannot be found or read. The messages are for the user and name class, file and remedy.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PluginError {
    /// No plugin of that name. The text for connectors is Kafka's (`Plugins.connectorClass`).
    #[error(
        "Failed to find any class that implements {base} and which name matches {class}, available {listed} are: {available}"
    )]
    Unknown {
        /// `Connector`, `Transformation`, …
        base: &'static str,
        /// What the config asked for.
        class: String,
        /// `connectors`, `transformations`, …
        listed: &'static str,
        /// What there is.
        available: String,
    },
    /// A short name that several plugins answer to.
    #[error("More than one {base} matches alias {class}. Please use full package and class name instead. Classes found: {found}")]
    Ambiguous {
        /// `connector`, `transformation`, …
        base: &'static str,
        /// What the config asked for.
        class: String,
        /// The classes that match.
        found: String,
    },
    /// Known, but not in that version (KIP-891).
    #[error("Plugin {class} not found that matches the version range {range}, available versions: [{available}]")]
    Version {
        /// Full class name.
        class: String,
        /// The range asked for.
        range: String,
        /// Versions there are, newest last.
        available: String,
    },
    /// A version range that is none (Maven's syntax, KIP-891).
    #[error("Invalid version specification: {0}")]
    Range(String),
    /// A file of `plugin.path` that cannot be read.
    #[error("cannot read plugin {file}: {reason}; check plugin.path and the file's permissions")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        reason: String,
    },
    /// A file of `plugin.path` that changed since the worker started.
    #[error("plugin {file} has changed since the worker started; restart the worker to use the new file")]
    Changed {
        /// The file.
        file: String,
    },
    /// A file of `plugin.path` that is no plugin.
    #[error("{0}")]
    Refused(String),
}

impl PluginError {
    /// A file that cannot be read, with the system's reason.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable { file: path.display().to_string(), reason: error.to_string() }
    }
}
