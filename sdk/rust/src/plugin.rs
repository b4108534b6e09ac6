//! What a plugin says about itself in its component's manifest.

use std::collections::BTreeMap;

use crate::config_def::{ConfigDef, ConfigKey};

/// What a key of the configuration names outside the sandbox, and how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A file that is read.
    FileRead,
    /// A file that is made if missing, and appended to.
    FileWrite,
    /// A directory whose files are read.
    DirectoryRead,
    /// A directory whose files are read and written.
    DirectoryWrite,
    /// An http or https URL, or another that names a host.
    Url,
    /// `host:port`.
    Address,
    /// Not one key but the beginning of several: TLS to the URLs goes by Kafka's `ssl.*` keys behind it (`elastic.https.` for
    /// `elastic.https.ssl.truststore.location`), which the worker reads.
    Tls,
}

impl Access {
    /// The word of the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::FileRead => "file-read",
            Self::FileWrite => "file-write",
            Self::DirectoryRead => "directory-read",
            Self::DirectoryWrite => "directory-write",
            Self::Url => "url",
            Self::Address => "address",
            Self::Tls => "tls",
        }
    }
}

/// What a plugin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Brings records in.
    Source,
    /// Takes records out.
    Sink,
    /// Changes records on their way.
    Transformation,
    /// Says which records a transformation is for.
    Predicate,
    /// Keys and values to bytes and back.
    Converter,
    /// Header values to bytes and back.
    HeaderConverter,
}

impl Kind {
    /// The word of the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Transformation => "transformation",
            Self::Predicate => "predicate",
            Self::Converter => "converter",
            Self::HeaderConverter => "header_converter",
        }
    }
}

/// What a plugin's own checks find about one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFindings {
    /// The key.
    pub name: String,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// Values that a form offers.
    pub recommended: Vec<String>,
    /// Whether a form shows it.
    pub visible: bool,
}

/// A plugin's own checks, of a configuration as the user wrote it.
pub type Validate = fn(&BTreeMap<String, String>) -> Vec<KeyFindings>;

/// A plugin's entry in the manifest.
#[derive(Debug, Clone)]
pub struct PluginInfo {
    pub(crate) class: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) version: Option<String>,
    pub(crate) documentation: String,
    pub(crate) config: ConfigDef,
    pub(crate) resources: Vec<(String, Access)>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) task_class: Option<String>,
    pub(crate) validate: Option<Validate>,
}

impl PluginInfo {
    /// A plugin that configurations ask for by this full name.
    pub fn new(class: impl Into<String>, documentation: impl Into<String>, config: ConfigDef) -> Self {
        Self {
            class: class.into(),
            aliases: Vec::new(),
            version: None,
            documentation: documentation.into(),
            config,
            resources: Vec::new(),
            capabilities: Vec::new(),
            task_class: None,
            validate: None,
        }
    }

    /// Another name that means the same plugin.
    pub fn alias(mut self, class: impl Into<String>) -> Self {
        self.aliases.push(class.into());
        self
    }

    /// Its version; that of the component's crate unless given.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// A key that names something outside the sandbox: exactly what it names is granted.
    pub fn resource(mut self, key: impl Into<String>, access: Access) -> Self {
        self.resources.push((key.into(), access));
        self
    }

    /// Something wanted beyond the keys: `clocks`, `random`, `network`, `files`; `commit-records`, `validate`.
    pub fn capability(mut self, capability: impl Into<String>) -> Self {
        self.capabilities.push(capability.into());
        self
    }

    /// A connector is asked again for the configurations of its tasks after as many milliseconds as that key says: what they depend on may
    /// change by itself. Tasks are started anew only when their configurations have changed.
    pub fn reconfigured_every(self, key: &str) -> Self {
        self.capability(format!("reconfigure-every:{key}"))
    }

    /// Checks that the definition of the configuration cannot say; only keys with something to add are listed. Brings the
    /// capability `validate`.
    pub fn validate(mut self, validate: Validate) -> Self {
        self.validate = Some(validate);
        self.capability("validate")
    }

    /// What is wanted beyond the keys; `validate` too where keys have checks in code.
    pub fn capabilities(&self) -> Vec<String> {
        let mut capabilities = self.capabilities.clone();
        let validate = "validate".to_owned();
        if self.config.keys.iter().any(ConfigKey::has_code) && !capabilities.contains(&validate) {
            capabilities.push(validate);
        }
        capabilities
    }

    /// What the plugin's code finds in a configuration: first the code of the keys, then the checks of the plugin as a whole.
    pub fn own_checks(&self, props: &BTreeMap<String, String>) -> Vec<KeyFindings> {
        let mut findings = self.config.own_checks(props);
        if let Some(validate) = self.validate {
            findings.extend(validate(props));
        }
        findings
    }

    /// A connector's task class, which task configurations carry as `task.class`.
    pub fn task_class(mut self, class: impl Into<String>) -> Self {
        self.task_class = Some(class.into());
        self
    }

    /// The full name.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The definition of its configuration.
    pub fn config(&self) -> &ConfigDef {
        &self.config
    }

    /// Whether a configuration may mean it by that name.
    pub fn is_named(&self, class: &str) -> bool {
        self.class == class || self.aliases.iter().any(|alias| alias == class) || self.task_class.as_deref() == Some(class)
    }
}
