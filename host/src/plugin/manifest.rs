//! What a component says of its plugins, in the form in which it is cached on disk and travels with the project's own components.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::definition::{ConfigDef, ConfigKey, Importance, Type};
use crate::config::validator::Validator;
use crate::plugin::Resource;

/// The cached form changes with this number; files of another number are read anew from the component.
const FORMAT: u32 = 1;

/// One plugin as its manifest describes it. Mirrors `record plugin` of `wit/manifest.wit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Full class name by which configs ask for it.
    pub class: String,
    /// Other names that mean the same plugin.
    pub aliases: Vec<String>,
    /// The kind's name; see [`crate::plugin::Kind`].
    pub kind: String,
    /// Version, usually `major.minor.patch`.
    pub version: String,
    /// What it does, for people.
    pub documentation: String,
    /// Its ConfigDef.
    pub config: Vec<Key>,
    /// Keys that name something outside the sandbox.
    pub resources: Vec<Resource>,
    /// Capabilities and host calls wanted.
    pub capabilities: Vec<String>,
}

/// A key of a plugin's ConfigDef. Mirrors `record config-key` of `wit/manifest.wit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Kafka's ConfigDef.Type by name.
    #[serde(rename = "type")]
    pub type_: String,
    /// The default as text; absent for a required key and for a default of null.
    pub default: Option<String>,
    /// Whether the config must have it.
    pub required: bool,
    /// Checks that are data, as (name, argument).
    pub validators: Vec<(String, String)>,
    /// `HIGH`, `MEDIUM` or `LOW`.
    pub importance: String,
    /// What it means, for people.
    pub documentation: String,
    /// Group in listings.
    pub group: Option<String>,
    /// Place in the group; -1 without one.
    pub order_in_group: i32,
    /// `NONE`, `SHORT`, `MEDIUM` or `LONG`.
    pub width: String,
    /// Name in listings.
    pub display_name: String,
    /// Keys whose validity depends on this one.
    pub dependents: Vec<String>,
    /// Recommended values.
    pub recommended: Vec<String>,
    /// More about it; unknown ones are ignored.
    pub options: Vec<(String, String)>,
}

impl Description {
    /// Its keys as a ConfigDef. A key of a type that this worker does not know is text.
    pub fn config_def(&self) -> ConfigDef {
        ConfigDef::new(self.config.iter().map(Key::config_key))
    }
}

impl Key {
    fn config_key(&self) -> ConfigKey {
        let type_ = Type::from_name(&self.type_).unwrap_or(Type::String);
        let mut key = ConfigKey::new(&self.name, type_, &self.documentation).importance(Importance::from_name(&self.importance));
        if self.required {
            key = key.required();
        } else if let Some(default) = &self.default {
            key = key.default_text(default);
        }
        for (name, argument) in &self.validators {
            Validator::from_manifest(&mut key.validators, type_, name, argument);
        }
        key.group.clone_from(&self.group);
        key.order_in_group = self.order_in_group;
        key.width.clone_from(&self.width);
        key.display_name.clone_from(&self.display_name);
        key.dependents.clone_from(&self.dependents);
        key.recommended.clone_from(&self.recommended);
        let classes = self.options.iter().filter(|(name, _)| name == "class");
        let classes: BTreeMap<String, String> = classes.map(|(_, class)| (class.clone(), class.clone())).collect();
        key.classes = Some(Arc::new(classes)).filter(|classes| !classes.is_empty());
        key
    }
}

/// Manifests on disk, one JSON file per component digest.
pub struct ManifestCache {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Cached {
    format: u32,
    plugins: Vec<Description>,
}

/// The manifest in this text; none if it is of another format.
pub fn read(text: &[u8]) -> Option<Vec<Description>> {
    let cached: Cached = serde_json::from_slice(text).ok()?;
    (cached.format == FORMAT).then_some(cached.plugins)
}

/// The text of a manifest, for people to compare.
///
/// # Errors
/// None that is known: a manifest is text and numbers.
pub fn text(plugins: Vec<Description>) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Cached { format: FORMAT, plugins })
}

impl ManifestCache {
    /// A cache in `<folder>/manifests`. The folder is made on the first write.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.join("manifests") }
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.json"))
    }

    /// The manifest kept for that component, unless there is none or it is of another format.
    pub fn get(&self, digest: &str) -> Option<Vec<Description>> {
        read(&std::fs::read(self.path(digest)).ok()?)
    }

    /// Keeps a manifest. Written to a temporary file and renamed, so that a reader never sees half of one.
    ///
    /// # Errors
    /// Any I/O error: the caller goes on without the cache.
    pub fn put(&self, digest: &str, plugins: &[Description]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let cached = Cached { format: FORMAT, plugins: plugins.to_vec() };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer(&mut file, &cached).map_err(std::io::Error::other)?;
        file.persist(self.path(digest)).map_err(|error| error.error)?;
        Ok(())
    }
}
