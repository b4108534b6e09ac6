//! Asking a component what plugins it holds, and a plugin for its own validation.

use std::sync::Arc;

use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::plugin::Resource;
use crate::plugin::artifact::Artifact;
use crate::plugin::error::PluginError;
use crate::plugin::manifest::{Description, Key};
use crate::sandbox::bindings::exports::caisson::connect::manifest;
use crate::sandbox::context::NoContext;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::Grants;
use crate::sandbox::state::Owner;
use crate::sandbox::{Making, Sandbox, Spec, as_given, given};

/// What a plugin's own validation adds to a key. Mirrors `record config-value` of `wit/manifest.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFinding {
    /// The key.
    pub name: String,
    /// Errors, for the user.
    pub errors: Vec<String>,
    /// Recommended values.
    pub recommended: Vec<String>,
    /// Whether the key is shown.
    pub visible: bool,
}

impl Sandbox {
    /// Asks a component for its plugins.
    ///
    /// # Errors
    /// [`PluginError::Refused`] names the file and what is wrong with it.
    pub async fn manifest(&self, artifact: Arc<Artifact>) -> Result<Vec<Description>, PluginError> {
        let location = artifact.location();
        let described = self.describe(artifact).await;
        described.map_err(|error| match error {
            CallError::Component(message) => PluginError::Refused(message),
            other => PluginError::Refused(format!("{location} does not tell its plugins: {other}")),
        })
    }

    async fn describe(&self, artifact: Arc<Artifact>) -> Result<Vec<Description>, CallError> {
        let making = Making {
            owner: Owner::connector(&artifact.name),
            artifact,
            config: Props::new(),
            limits: Limits::default(),
            grants: Grants::default(),
            pools: Arc::clone(&self.pools),
            context: Arc::new(NoContext),
        };
        let (mut instance, code) = self.instance(&making).await?;
        let broken = |error: wasmtime::Error| CallError::Contract(error.to_string());
        let indices = manifest::GuestIndices::new(&code).map_err(broken)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(broken)?;
        let plugins = instance.call("manifest.plugins", 0, async |store| guest.call_plugins(store).await.map(Ok)).await?;
        Ok(plugins.into_iter().map(description).collect())
    }

    /// The plugin's own checks (capability `validate`). `spec.config` is the plugin's config without the alias's prefix.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn validate(&self, spec: &Spec) -> Result<Vec<OwnFinding>, CallError> {
        // What the config names may not exist yet: nothing is granted, since validation only looks at the config.
        let making = Making { grants: Grants::default(), ..self.making_ungranted(spec) };
        let (mut instance, code) = self.instance(&making).await?;
        let broken = |error: wasmtime::Error| CallError::Contract(error.to_string());
        let indices = manifest::GuestIndices::new(&code).map_err(broken)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(broken)?;
        let (class, kind, config) = (spec.plugin.class(), spec.plugin.kind.as_str(), as_given(&spec.plugin, &spec.config));
        let found = instance
            .call("manifest.validate", 0, async |store| guest.call_validate(store, class, kind, &config).await.map(Ok))
            .await?;
        Ok(found.into_iter().map(finding).collect())
    }

    fn making_ungranted(&self, spec: &Spec) -> Making {
        Making {
            artifact: Arc::clone(&spec.plugin.artifact),
            config: given(&spec.plugin, &spec.config),
            owner: spec.owner.clone(),
            limits: spec.limits.clone(),
            grants: Grants::default(),
            pools: Arc::clone(&self.pools),
            context: Arc::clone(&spec.context),
        }
    }
}

fn description(plugin: manifest::Plugin) -> Description {
    Description {
        class: plugin.class,
        aliases: plugin.aliases,
        kind: plugin.kind,
        version: plugin.version,
        documentation: plugin.documentation,
        config: plugin.config.into_iter().map(key).collect(),
        resources: plugin.resources.into_iter().map(|from| Resource { key: from.key, access: from.access }).collect(),
        capabilities: plugin.capabilities,
    }
}

fn key(from: manifest::ConfigKey) -> Key {
    Key {
        name: from.name,
        type_: from.type_,
        default: from.default,
        required: from.required,
        validators: from.validators,
        importance: from.importance,
        documentation: from.documentation,
        group: from.group,
        order_in_group: from.order_in_group,
        width: from.width,
        display_name: from.display_name,
        dependents: from.dependents,
        recommended: from.recommended,
        options: from.options,
    }
}

fn finding(from: manifest::ConfigValue) -> OwnFinding {
    OwnFinding { name: from.name, errors: from.errors, recommended: from.recommended, visible: from.visible }
}
