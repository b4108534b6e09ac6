//! Every plugin this worker has, and how a config's class name finds one.

use std::future::Future;
use std::sync::Arc;

use tracing::{info, warn};

use crate::plugin::artifact::Artifact;
use crate::plugin::error::PluginError;
use crate::plugin::manifest::{self, Description, ManifestCache};
use crate::plugin::version::{Range, Version};
use crate::plugin::{Kind, Plugin, embedded, scan};

/// Every plugin this worker has. Fixed at start, as in Kafka.
pub struct Catalogue {
    plugins: Vec<Arc<Plugin>>,
}

impl Catalogue {
    /// Reads the manifests of the components in the binary and on `plugin.path` (comma-separated folders).
    ///
    /// `read` asks a component for its manifest, which compiles it; the answer is kept in `cache`, so that a start
    /// compiles nothing that it has met before. The components in the binary bring theirs along. A file that is no plugin is reported and skipped, as Kafka does with
    /// a plugin it cannot load: one bad file must not keep a worker from starting.
    pub async fn load<Read, Reading>(plugin_path: &str, cache: &ManifestCache, read: Read) -> Self
    where
        Read: Fn(Arc<Artifact>) -> Reading,
        Reading: Future<Output = Result<Vec<Description>, PluginError>>,
    {
        let mut plugins = Vec::new();
        for artifact in artifacts(plugin_path) {
            let artifact = Arc::new(artifact);
            match descriptions(&artifact, cache, &read).await {
                Ok(found) => add(&mut plugins, &artifact, found),
                Err(error) => warn!(component = artifact.location(), %error, "plugin skipped"),
            }
        }
        Self::new(plugins)
    }

    /// A catalogue of these plugins.
    pub fn new(mut plugins: Vec<Arc<Plugin>>) -> Self {
        plugins.sort_by(|a, b| {
            (a.kind, a.class())
                .cmp(&(b.kind, b.class()))
                .then_with(|| Version::parse(a.version()).cmp(&Version::parse(b.version())))
        });
        plugins.dedup_by(|a, b| a.kind == b.kind && a.class() == b.class() && a.version() == b.version());
        Self { plugins }
    }

    /// The plugins whose class is one of `allowed`, or begins as one that ends with `*` says.
    pub fn only(mut self, allowed: &[String]) -> Self {
        let allows = |allowed: &str, class: &str| match allowed.strip_suffix('*') {
            Some(beginning) => class.starts_with(beginning),
            None => class == allowed,
        };
        for unknown in allowed.iter().filter(|allowed| !self.plugins.iter().any(|plugin| allows(allowed, plugin.class()))) {
            warn!(plugin = unknown, "plugin.allowlist allows a plugin that is not there; see `caisson plugins`");
        }
        self.plugins.retain(|plugin| allowed.iter().any(|allowed| allows(allowed, plugin.class())));
        self
    }

    /// All plugins in the order of `GET /connector-plugins`: by kind, class and version.
    pub fn list(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// The plugin that a config's class name means, by Kafka's rules (`Plugins.connectorClass`, `DelegatingClassLoader.resolveFullClassName`):
    /// full class name or alias, simple name, or simple name without the kind's suffix. `version` is a Maven range
    /// (KIP-891); none or `latest` is the newest.
    ///
    /// # Errors
    /// [`PluginError::Unknown`], [`PluginError::Ambiguous`], [`PluginError::Range`] or [`PluginError::Version`].
    pub fn find(&self, kind: Kind, class_or_alias: &str, version: Option<&str>) -> Result<Arc<Plugin>, PluginError> {
        self.find_among(&[kind], class_or_alias, version)
    }

    /// As [`Catalogue::find`], among source and sink connectors: `connector.class` does not say which it is.
    ///
    /// # Errors
    /// As [`Catalogue::find`].
    pub fn find_connector(&self, class_or_alias: &str, version: Option<&str>) -> Result<Arc<Plugin>, PluginError> {
        self.find_among(&[Kind::Sink, Kind::Source], class_or_alias, version)
    }

    fn find_among(&self, kinds: &[Kind], class: &str, version: Option<&str>) -> Result<Arc<Plugin>, PluginError> {
        let range = Range::parse(version.unwrap_or("latest"))?;
        let candidates = || self.plugins.iter().filter(|plugin| kinds.contains(&plugin.kind));
        let mut found: Vec<&Arc<Plugin>> = candidates().filter(|plugin| named_in_full(plugin, class)).collect();
        if found.is_empty() {
            found = candidates().filter(|plugin| named_in_short(plugin, class)).collect();
        }
        let Some(first) = found.first() else {
            return Err(self.unknown(kinds, class));
        };
        if found.iter().any(|plugin| plugin.class() != first.class()) {
            return Err(ambiguous(kinds, class, &found));
        }
        let matching = found.iter().rev().find(|plugin| range.admits(&Version::parse(plugin.version())));
        matching.map(|plugin| Arc::clone(plugin)).ok_or_else(|| PluginError::Version {
            class: first.class().to_owned(),
            range: range.to_string(),
            available: found.iter().map(|plugin| plugin.version()).collect::<Vec<_>>().join(", "),
        })
    }

    fn unknown(&self, kinds: &[Kind], class: &str) -> PluginError {
        let (base, listed) = names(kinds);
        let described = self.plugins.iter().filter(|plugin| kinds.contains(&plugin.kind)).map(|plugin| describe(plugin));
        PluginError::Unknown { base, class: class.to_owned(), listed, available: described.collect::<Vec<_>>().join(", ") }
    }
}

fn artifacts(plugin_path: &str) -> Vec<Artifact> {
    let mut artifacts = embedded::artifacts();
    for path in scan::components(plugin_path) {
        match Artifact::file(&path) {
            Ok(artifact) => artifacts.push(artifact),
            Err(error) => warn!(%error, "plugin skipped"),
        }
    }
    artifacts
}

async fn descriptions<Read, Reading>(
    artifact: &Arc<Artifact>,
    cache: &ManifestCache,
    read: &Read,
) -> Result<Vec<Description>, PluginError>
where
    Read: Fn(Arc<Artifact>) -> Reading,
    Reading: Future<Output = Result<Vec<Description>, PluginError>>,
{
    let built_in = artifact.manifest().and_then(|text| manifest::read(text.as_bytes()));
    if let Some(known) = built_in.or_else(|| cache.get(&artifact.digest)) {
        return Ok(known);
    }
    let found = read(Arc::clone(artifact)).await?;
    if let Err(error) = cache.put(&artifact.digest, &found) {
        warn!(component = artifact.name, %error, "the manifest could not be cached, it is read anew at the next start; see sandbox.cache.dir");
    }
    Ok(found)
}

fn add(plugins: &mut Vec<Arc<Plugin>>, artifact: &Arc<Artifact>, found: Vec<Description>) {
    for description in found {
        let (class, kind) = (description.class.clone(), description.kind.clone());
        match Plugin::new(description, Arc::clone(artifact)) {
            Some(plugin) => plugins.push(Arc::new(plugin)),
            None => info!(class, kind, component = artifact.name, "plugin of a kind this worker does not know, it is skipped"),
        }
    }
}

fn named_in_full(plugin: &Plugin, class: &str) -> bool {
    plugin.class() == class || plugin.description.aliases.iter().any(|alias| alias == class)
}

/// Kafka's `PluginUtils.simpleName` and `prunedName`.
fn named_in_short(plugin: &Plugin, class: &str) -> bool {
    let simple = simple_name(plugin.class());
    simple == class || pruned_name(simple, plugin.kind) == class
}

fn simple_name(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// The simple name without the suffix of its kind; Kafka prunes connectors' in two steps, `FileStreamSource` being from
/// `FileStreamSourceConnector`.
fn pruned_name(simple: &str, kind: Kind) -> &str {
    let suffix = match kind {
        Kind::Source | Kind::Sink => "Connector",
        Kind::Transformation => "Transformation",
        Kind::Predicate => "Predicate",
        Kind::Converter => "Converter",
        Kind::HeaderConverter => "HeaderConverter",
    };
    match simple.strip_suffix(suffix) {
        Some(pruned) if !pruned.is_empty() => pruned,
        _ => simple,
    }
}

fn ambiguous(kinds: &[Kind], class: &str, found: &[&Arc<Plugin>]) -> PluginError {
    let (base, _) = names(kinds);
    PluginError::Ambiguous {
        base,
        class: class.to_owned(),
        found: found.iter().map(|plugin| plugin.class()).collect::<Vec<_>>().join(", "),
    }
}

fn names(kinds: &[Kind]) -> (&'static str, &'static str) {
    match kinds.first() {
        Some(Kind::Transformation) => ("Transformation", "transformations"),
        Some(Kind::Predicate) => ("Predicate", "predicates"),
        Some(Kind::Converter) => ("Converter", "converters"),
        Some(Kind::HeaderConverter) => ("HeaderConverter", "header converters"),
        _ => ("Connector", "connectors"),
    }
}

/// As Kafka's `PluginDesc.toString` lists a plugin in that message.
fn describe(plugin: &Plugin) -> String {
    let class = plugin.class();
    format!(
        "PluginDesc{{klass=class {class}, name='{class}', version='{}', encodedVersion={}, type={}, typeName='{}', location='{}'}}",
        plugin.version(),
        plugin.version(),
        plugin.kind,
        plugin.kind,
        plugin.artifact.location()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(kind: Kind, class: &str, version: &str) -> Arc<Plugin> {
        let description = Description {
            class: class.to_owned(),
            aliases: Vec::new(),
            kind: kind.as_str().to_owned(),
            version: version.to_owned(),
            documentation: String::new(),
            config: Vec::new(),
            resources: Vec::new(),
            capabilities: Vec::new(),
        };
        Arc::new(Plugin::new(description, Arc::new(Artifact::embedded("test", "00", b""))).unwrap())
    }

    fn catalogue() -> Catalogue {
        Catalogue::new(vec![
            plugin(Kind::Source, "org.apache.kafka.connect.file.FileStreamSourceConnector", "4.3.1"),
            plugin(Kind::Sink, "org.apache.kafka.connect.file.FileStreamSinkConnector", "4.3.1"),
            plugin(Kind::Source, "a.Thing", "1.0"),
            plugin(Kind::Source, "a.Thing", "1.10"),
            plugin(Kind::Source, "a.Thing", "1.9"),
            plugin(Kind::Source, "b.Twin", "1.0"),
            plugin(Kind::Source, "c.Twin", "1.0"),
        ])
    }

    #[test]
    fn finds_by_full_simple_and_pruned_name() {
        let catalogue = catalogue();
        for name in ["org.apache.kafka.connect.file.FileStreamSourceConnector", "FileStreamSourceConnector", "FileStreamSource"] {
            assert_eq!(
                catalogue.find_connector(name, None).unwrap().class(),
                "org.apache.kafka.connect.file.FileStreamSourceConnector"
            );
        }
        assert!(catalogue.find(Kind::Sink, "FileStreamSource", None).is_err());
    }

    #[test]
    fn offers_only_what_is_allowed() {
        let only = |allowed: &[&str]| {
            let allowed: Vec<String> = allowed.iter().map(|one| (*one).to_owned()).collect();
            catalogue().only(&allowed).list().iter().map(|plugin| plugin.class().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(only(&["b.Twin", "a.*", "b.Tw", "none.*"]), ["a.Thing", "a.Thing", "a.Thing", "b.Twin"]);
        assert_eq!(only(&["*"]).len(), catalogue().list().len());
        assert!(only(&[]).is_empty());
    }

    #[test]
    fn lists_sinks_first() {
        assert_eq!(catalogue().list()[0].kind, Kind::Sink);
    }

    #[test]
    fn takes_the_newest_unless_told() {
        let catalogue = catalogue();
        assert_eq!(catalogue.find_connector("Thing", None).unwrap().version(), "1.10");
        assert_eq!(catalogue.find_connector("Thing", Some("1.9")).unwrap().version(), "1.9");
        assert_eq!(catalogue.find_connector("Thing", Some("[1.0,1.10)")).unwrap().version(), "1.9");
        let error = catalogue.find_connector("Thing", Some("9.9")).unwrap_err().to_string();
        assert_eq!(
            error,
            "Plugin a.Thing not found that matches the version range [9.9,9.9], available versions: [1.0, 1.9, 1.10]"
        );
    }

    #[test]
    fn tells_what_there_is() {
        let error = catalogue().find_connector("Nope", None).unwrap_err().to_string();
        assert!(error.starts_with(
            "Failed to find any class that implements Connector and which name matches Nope, available connectors are: PluginDesc{"
        ));
    }

    #[test]
    fn refuses_a_short_name_of_two() {
        assert!(matches!(catalogue().find_connector("Twin", None), Err(PluginError::Ambiguous { .. })));
    }
}
