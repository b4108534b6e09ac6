//! Plugins as the REST API shows them.

use crate::config::connector::{self, CONNECTOR_VERSION};
use crate::config::definition::ConfigKey;
use crate::plugin::{Kind, Plugin};

use super::definition;
use super::entities::PluginInfo;
use super::error::HerderError;
use super::parts::Parts;

impl Parts {
    /// All plugins, or the connectors only.
    pub fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo> {
        let shown = self.catalogue.list().iter().filter(|plugin| !connectors_only || plugin.kind.is_connector());
        shown
            .map(|plugin| PluginInfo {
                class: plugin.class().to_owned(),
                type_: plugin.kind.as_str(),
                version: plugin.version().to_owned(),
            })
            .collect()
    }

    /// The keys of a plugin: its own, and for connectors then the framework's.
    pub fn plugin_config(&self, name: &str, version: Option<&str>) -> Result<Vec<ConfigKey>, HerderError> {
        let plugin = self.plugin(name, version)?;
        let own = &plugin.config;
        let mut framework = match plugin.kind {
            Kind::Source => connector::source(),
            Kind::Sink => connector::sink(),
            _ => return Ok(own.keys().to_vec()),
        };
        if let Some(key) = framework.key_mut(CONNECTOR_VERSION) {
            let installed = definition::versions(&self.catalogue, plugin.kind, plugin.class());
            definition::choose_version(key, installed, Some(plugin.version()));
        }
        let rest = framework.keys().iter().filter(|key| own.key(&key.name).is_none());
        Ok(own.keys().iter().chain(rest).cloned().collect())
    }

    fn plugin(&self, name: &str, version: Option<&str>) -> Result<std::sync::Arc<Plugin>, HerderError> {
        let kinds = [Kind::Transformation, Kind::Predicate, Kind::Converter, Kind::HeaderConverter];
        let connector = self.catalogue.find_connector(name, None).map(|plugin| (plugin.kind, plugin));
        let found = connector.ok().or_else(|| {
            kinds.into_iter().find_map(|kind| {
                let names = definition::class_names(&self.catalogue, kind);
                let class = names.get(name)?;
                Some((kind, self.catalogue.find(kind, class, None).ok()?))
            })
        });
        let Some((kind, plugin)) = found else {
            return Err(HerderError::NotFound(format!("Unknown plugin {name}.")));
        };
        match version {
            None => Ok(plugin),
            Some(_) => Ok(self.catalogue.find(kind, plugin.class(), version)?),
        }
    }
}
