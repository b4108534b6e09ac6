//! The schema registries that an instance's configurations name.

use std::sync::Arc;

use crate::config::{Props, with_prefix};
use crate::plugin::Plugin;
use crate::registry::{Registries, Registry, keys};
use crate::sandbox::error::CallError;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::grant::{Configured, address, path};

/// A registry, and the configuration that names it as its plugin was given it.
#[derive(Clone)]
pub(in crate::sandbox) struct Named {
    config: Props,
    registry: Arc<Registry>,
}

/// A registry that a plugin has opened.
pub struct Opened(pub(in crate::sandbox) Arc<Registry>);

impl Named {
    /// The registry that a plugin's user named; none for a plugin without the capability.
    ///
    /// # Errors
    /// [`CallError::Denied`] names a key that is wrong, or that names what is beyond the ceiling.
    pub(super) fn of(configured: &Configured<'_>, registries: &Registries, ceiling: &Ceiling) -> Result<Option<Self>, CallError> {
        let Configured { plugin, config, written } = configured;
        if !plugin.has_capability(keys::CAPABILITY) {
            return Ok(None);
        }
        for address in address::parse_all(keys::URL, written.get(keys::URL).map_or("", String::as_str))? {
            ceiling.check_address(keys::URL, &address)?;
        }
        for (key, value) in [(*written).clone(), with_prefix(written, keys::PREFIX)].into_iter().flatten() {
            if key == "ssl.keystore.location" || key == "ssl.truststore.location" {
                path::file(&key, &value, false, ceiling)?;
            }
        }
        let registry = registries.of(written).map_err(|error| CallError::Denied(error.to_string()))?;
        Ok(Some(Self { config: given(plugin, config), registry }))
    }

    /// The registry, if this is the configuration.
    pub(in crate::sandbox) fn open(&self, config: &Props) -> Option<Opened> {
        (self.config == *config).then(|| Opened(Arc::clone(&self.registry)))
    }
}

/// A configuration as the plugin is given it: without the credentials of a registry that the worker opens for it.
pub(in crate::sandbox) fn given(plugin: &Plugin, config: &Props) -> Props {
    match plugin.has_capability(keys::CAPABILITY) {
        true => keys::without_secrets(config),
        false => config.clone(),
    }
}
