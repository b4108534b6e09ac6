//! Checks that a plugin makes itself, in its sandbox: those that its manifest cannot say.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Props;
use crate::config::validation::ConfigValue;
use crate::plugin::Plugin;
use crate::sandbox::context::NoContext;
use crate::sandbox::limits::Limits;
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

    /// Adds what the plugin finds to `values`. A plugin that fails adds an error to the first key, so that the configuration is refused.
    pub(super) async fn add(&self, values: &mut Vec<ConfigValue>, plugin: &Arc<Plugin>, props: &Props) {
        let (Some(sandbox), true) = (&self.sandbox, plugin.has_capability("validate")) else { return };
        let spec = Spec {
            plugin: Arc::clone(plugin),
            config: props.clone(),
            owner: Owner::connector(plugin.class()),
            limits: self.limits.clone(),
            grants: Vec::new(),
            context: Arc::new(NoContext),
        };
        match sandbox.validate(&spec).await {
            Ok(findings) => {
                for finding in findings {
                    let place = values.iter().position(|value| value.name == finding.name).unwrap_or_else(|| {
                        values.push(ConfigValue::new(&finding.name));
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
                match values.first_mut() {
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

    /// The same for a transformation or predicate, whose keys stand under a prefix that it does not know.
    pub(super) async fn add_in_chain(&self, values: &mut [ConfigValue], plugin: &Arc<Plugin>, prefix: &str, props: &Props) {
        let under_prefix = props.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())));
        let mut found = vec![ConfigValue::new("type")];
        self.add(&mut found, plugin, &under_prefix.collect()).await;
        for finding in found {
            let name = format!("{prefix}{}", finding.name);
            let Some(value) = values.iter_mut().find(|value| value.name == name) else { continue };
            let bare = format!(" for configuration {}", finding.name);
            let told = finding.errors.iter().map(|error| error.replace(&bare, &format!(" for configuration {name}")));
            value.errors.extend(told);
            value.visible &= finding.visible;
        }
    }
}
