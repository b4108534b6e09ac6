//! Checks that a plugin makes itself, in its sandbox: those that its manifest cannot say.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::config::validation::ConfigValue;
use crate::plugin::Plugin;
use crate::sandbox::context::NoContext;
use crate::sandbox::error::CallError;
use crate::sandbox::state::Owner;
use crate::sandbox::{Sandbox, Spec};

/// A request for validation waits this long for a plugin, and no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks plugins for their own checks. Cheap to clone.
#[derive(Clone)]
pub struct OwnChecks {
    sandbox: Option<Sandbox>,
    limits: Limits,
}

impl OwnChecks {
    /// Checks in this sandbox, under the worker's limits.
    pub fn new(sandbox: Sandbox, limits: Limits) -> Self {
        Self { sandbox: Some(sandbox), limits: Limits { call_timeout: limits.call_timeout.min(PATIENCE), ..limits } }
    }

    /// No checks but those of the manifests.
    pub fn none() -> Self {
        Self { sandbox: None, limits: Limits::default() }
    }

    /// Whether a source says that it can write exactly once: `supported`, `unsupported`, or none if it does not say.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn exactly_once_support(&self, plugin: &Arc<Plugin>, props: &Props) -> Result<Option<String>, CallError> {
        match &self.sandbox {
            Some(sandbox) => sandbox.exactly_once_support(&self.spec(plugin, props)).await,
            None => Ok(None),
        }
    }

    /// Whether a source's tasks can say where transactions end.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn can_define_transaction_boundaries(&self, plugin: &Arc<Plugin>, props: &Props) -> Result<bool, CallError> {
        match &self.sandbox {
            Some(sandbox) => sandbox.can_define_transaction_boundaries(&self.spec(plugin, props)).await,
            None => Ok(false),
        }
    }

    /// What the plugin is asked in.
    fn spec(&self, plugin: &Arc<Plugin>, props: &Props) -> Spec {
        Spec {
            plugin: Arc::clone(plugin),
            config: props.clone(),
            connector: props.clone(),
            owner: Owner::connector(plugin.class()),
            limits: self.limits.clone(),
            grants: Vec::new(),
            context: Arc::new(NoContext),
        }
    }

    /// Adds what the plugin finds to `values`, whose keys have `prefix` before the plugin's own; `props` have none. A plugin that fails
    /// adds an error to the first key, so that the configuration is refused.
    pub async fn add(&self, values: &mut Vec<ConfigValue>, plugin: &Arc<Plugin>, props: &Props, prefix: &str) {
        let (Some(sandbox), true) = (&self.sandbox, plugin.has_capability("validate")) else { return };
        let spec = self.spec(plugin, props);
        match sandbox.validate(&spec).await {
            Ok(findings) => {
                for finding in findings {
                    let name = format!("{prefix}{}", finding.name);
                    let place = values.iter().position(|value| value.name == name).unwrap_or_else(|| {
                        values.push(ConfigValue::new(&name));
                        values.len() - 1
                    });
                    if let Some(value) = values.get_mut(place) {
                        value.errors.extend(finding.errors);
                        value.recommended.extend(finding.recommended);
                        value.visible &= finding.visible;
                    }
                }
            }
            Err(error) => {
                let text = format!("{} could not validate its configuration: {error}", plugin.class());
                match values.iter_mut().find(|value| value.name.starts_with(prefix)) {
                    Some(value) => value.errors.push(text),
                    None => {
                        let mut value = ConfigValue::new(plugin.class());
                        value.errors.push(text);
                        values.push(value);
                    }
                }
            }
        }
    }
}
