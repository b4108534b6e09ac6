//! What every plugin keeps, of whatever kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Desk, Kept, Violation, broken, kept};
use crate::authoring::cases::Case;
use crate::authoring::guest::Guest;
use crate::authoring::samples;
use crate::authoring::stored_offsets::StoredOffsets;
use crate::config::Props;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::error::CallError;

/// A plugin has a class, a version and documentation; its keys are defined once and documented, their defaults are values of theirs;
/// dependents and resources are keys, or of TLS the beginning of keys.
pub(super) fn manifest(plugin: &Plugin) -> Kept {
    let about = &plugin.description;
    kept(!about.class.is_empty() && !about.version.is_empty(), || "class or version is empty".to_owned())?;
    kept(!about.documentation.is_empty(), || format!("{} has no documentation", about.class))?;
    let names: BTreeSet<&str> = about.config.iter().map(|key| key.name.as_str()).collect();
    kept(names.len() == about.config.len(), || format!("{} defines a key twice", about.class))?;
    for key in &about.config {
        kept(!key.documentation.is_empty(), || format!("key {} has no documentation", key.name))?;
        let strange = key.dependents.iter().find(|name| !names.contains(name.as_str()));
        kept(strange.is_none(), || format!("a dependent of key {} is no key: {strange:?}", key.name))?;
    }
    let is_named = |key: &str, access: &str| match access {
        "tls" => names.iter().any(|name| name.starts_with(key)),
        _ => names.contains(key),
    };
    let strange = about.resources.iter().find(|resource| !is_named(&resource.key, &resource.access));
    kept(strange.is_none(), || format!("a resource is no key: {strange:?}"))?;
    // With every required key given some text, what is left to be wrong is a default.
    let defaults: Props = Props::new();
    let without_required = about.config.iter().filter(|key| !key.required).map(|key| &key.name);
    for name in without_required {
        if let Some(key) = plugin.config.key(name) {
            let alone = crate::config::definition::ConfigDef::new([key.clone()]);
            alone.parse(&defaults).map_err(|error| broken(&format!("the default of key {name}"), error))?;
        }
    }
    Ok(())
}

/// Without a required key the plugin does not start, and its error of kind `config` names the key.
pub(super) async fn required_keys(guest: &Guest, plugin: &Arc<Plugin>, case: &Case) -> anyhow::Result<Kept> {
    for key in plugin.description.config.iter().filter(|key| key.required) {
        let desk = Desk::new(guest, case)?;
        let mut config = desk.config();
        config.remove(&key.name);
        let name = &key.name;
        match open(guest, plugin, &config).await {
            Ok(()) => return Ok(Err(Violation(format!("without the required key {name} it starts all the same")))),
            Err(CallError::Plugin(failure)) if failure.kind == "config" && failure.message.contains(name.as_str()) => {}
            Err(error) => {
                return Ok(Err(Violation(format!(
                    "without the required key {name} the error has to be of kind config and name it; it is: {}: {error}",
                    error.class()
                ))));
            }
        }
    }
    Ok(Ok(()))
}

/// Starts the plugin as a worker would, and stops it.
///
/// # Errors
/// Any [`CallError`], the first that there is.
pub(crate) async fn open(guest: &Guest, plugin: &Arc<Plugin>, config: &Props) -> Result<(), CallError> {
    let spec = guest.spec(plugin, config, Arc::new(StoredOffsets::default()));
    match plugin.kind {
        Kind::Source => {
            guest.sandbox.source_connector(&spec).await?.stop().await?;
            guest.sandbox.source_task(&spec).await?.stop().await
        }
        Kind::Sink => {
            guest.sandbox.sink_connector(&spec).await?.stop().await?;
            guest.sandbox.sink_task(&spec).await?.stop().await
        }
        Kind::Predicate => guest.admits(plugin, config, &samples::empty(), 0).await.map(|_| ()),
        _ => guest.chain(plugin, config).await.map(|_| ()),
    }
}
