//! One component, open for its author.

use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::plugin::catalogue::Catalogue;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::context::TaskContext;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::inspect::Inspection;
use crate::sandbox::stages::{Chain, PredicateSpec, Role, StageSpec, Work};
use crate::sandbox::state::Owner;
use crate::sandbox::{Sandbox, Spec, cache_folder};

/// A component, its plugins, and those of the binary.
pub struct Guest {
    /// Where it runs.
    pub sandbox: Sandbox,
    /// What it is.
    pub inspection: Inspection,
    /// Its plugins.
    pub plugins: Vec<Arc<Plugin>>,
    built_in: Catalogue,
}

impl Guest {
    /// Compiles a component, or takes its compiled code from the cache, and asks for its plugins.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let cache = cache_folder();
        let sandbox = Sandbox::new(Some(&cache), Ceiling::default())?;
        let inspection = sandbox.inspect(path).await?;
        let made = |described: &_| Plugin::new(Clone::clone(described), Arc::clone(&inspection.artifact)).map(Arc::new);
        let plugins = inspection.plugins.iter().filter_map(made).collect();
        let built_in = sandbox.catalogue_of("", &cache).await;
        Ok(Self { sandbox, inspection, plugins, built_in })
    }

    /// The plugin of that class; without one, the only plugin that there is.
    ///
    /// # Errors
    /// Lists the plugins that there are.
    pub fn plugin(&self, class: Option<&str>) -> anyhow::Result<Arc<Plugin>> {
        let named = |plugin: &Plugin, class: &str| {
            plugin.class() == class || plugin.description.aliases.iter().any(|alias| alias == class)
        };
        let mut found = self.plugins.iter().filter(|plugin| class.is_none_or(|class| named(plugin, class)));
        match (found.next(), found.next(), class) {
            (Some(plugin), None, _) | (Some(plugin), Some(_), Some(_)) => Ok(Arc::clone(plugin)),
            (Some(_), Some(_), None) => bail!("there are several plugins: name one of {}", self.listed()),
            (None, _, Some(class)) => bail!("there is no plugin {class}; there are {}", self.listed()),
            (None, _, None) => bail!("{} holds no plugin", self.inspection.artifact.location()),
        }
    }

    fn listed(&self) -> String {
        let names: Vec<String> = self.plugins.iter().map(|plugin| format!("{} ({})", plugin.class(), plugin.kind)).collect();
        names.join(", ")
    }

    /// A connector's or task's making.
    pub fn spec(&self, plugin: &Arc<Plugin>, config: &Props, context: Arc<dyn TaskContext>) -> Spec {
        Spec {
            plugin: Arc::clone(plugin),
            config: config.clone(),
            connector: config.clone(),
            owner: Owner::task("author", 0),
            limits: Limits::default(),
            grants: Vec::new(),
            context,
        }
    }

    /// Opens a chain of a stage plugin: a transformation, a predicate before nothing, or a converter there and back.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn chain(&self, plugin: &Arc<Plugin>, config: &Props) -> Result<Chain, CallError> {
        self.open_chain(&stages(plugin, config)).await
    }

    /// Opens a chain of any stages.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn open_chain(&self, stages: &[StageSpec]) -> Result<Chain, CallError> {
        self.sandbox.chain(stages, Owner::task("author", 0), Limits::default(), &[]).await
    }

    /// Asks a predicate, standing alone, which of a batch's records it admits.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn admits(
        &self,
        plugin: &Arc<Plugin>,
        config: &Props,
        batch: &[u8],
        records: usize,
    ) -> Result<Vec<bool>, CallError> {
        let spec = PredicateSpec { plugin: Arc::clone(plugin), config: config.clone(), negate: false };
        let mut test = self.sandbox.test(&spec, Owner::task("author", 0), Limits::default(), &[]).await?;
        test.apply(batch, records).await
    }

    /// A plugin of the binary's own.
    ///
    /// # Errors
    /// When the binary was built without its components.
    pub fn built_in(&self, kind: Kind, class: &str) -> anyhow::Result<Arc<Plugin>> {
        let found = self.built_in.find(kind, class, None);
        found.map_err(|_| anyhow!("this binary was built without {class}: build it with `cargo xtask build`"))
    }
}

/// The stages that a stage plugin is run as. A converter goes from data to bytes and back.
fn stages(plugin: &Arc<Plugin>, config: &Props) -> Vec<StageSpec> {
    let stage = |work: Work, role: &str| {
        let mut config = config.clone();
        if !role.is_empty() {
            config.insert("converter.type".to_owned(), role.to_owned());
        }
        StageSpec { plugin: Arc::clone(plugin), work, config, predicate: None }
    };
    match plugin.kind {
        Kind::Converter => vec![stage(Work::FromConnect(Role::Value), "value"), stage(Work::ToConnect(Role::Value), "value")],
        Kind::HeaderConverter => {
            vec![stage(Work::FromConnect(Role::Header), "header"), stage(Work::ToConnect(Role::Header), "header")]
        }
        _ => vec![stage(Work::Transform, "")],
    }
}
