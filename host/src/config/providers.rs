//! References to values kept elsewhere, `${provider:[path:]key}`, and the providers that follow them: `FileConfigProvider`,
//! `DirectoryConfigProvider` and `EnvVarConfigProvider` (KIP-297, KIP-421, KIP-887).
//!
//! A key that the provider does not have, a path that it may not read and a provider that is not configured leave the reference as it
//! is, as in Kafka's `ConfigTransformer`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::value::ConfigError;
use super::{Props, properties, with_prefix};

/// The names of the providers.
const PROVIDERS: &str = "config.providers";
/// Where the built-in classes are in Kafka.
const PACKAGE: &str = "org.apache.kafka.common.config.provider.";

/// A reference: provider, path if it has one, key (Kafka: `ConfigTransformer.DEFAULT_PATTERN`).
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}").ok());

/// Whether a value holds a reference.
pub fn has_reference(value: &str) -> bool {
    REFERENCE.as_ref().is_some_and(|reference| reference.is_match(value))
}

/// The references in a value.
pub fn references(value: &str) -> impl Iterator<Item = &str> {
    REFERENCE.iter().flat_map(|reference| reference.find_iter(value)).map(|found| found.as_str())
}

/// A worker's `config.providers`, by name.
#[derive(Debug, Clone, Default)]
pub struct ConfigProviders(BTreeMap<String, Provider>);

#[derive(Debug, Clone)]
enum Provider {
    /// Keys of properties files.
    File(AllowedPaths),
    /// Files of a folder, each a value.
    Directory(AllowedPaths),
    /// Variables of the environment whose whole name the pattern matches.
    Environment(Regex),
}

impl ConfigProviders {
    /// The providers that a worker's properties configure.
    ///
    /// # Errors
    /// A provider without a class, of a class that is not built in, or with a wrong parameter.
    pub fn of_worker(props: &Props) -> Result<Self, ConfigError> {
        let names = props.get(PROVIDERS).map(String::as_str).unwrap_or_default();
        let mut providers = BTreeMap::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let class_key = format!("{PROVIDERS}.{name}.class");
            let class = props.get(&class_key).ok_or_else(|| ConfigError::missing(&class_key))?.trim();
            let parameters = with_prefix(props, &format!("{PROVIDERS}.{name}.param."));
            let simple = class.strip_prefix(PACKAGE).unwrap_or(class);
            let provider = match simple.strip_suffix("ConfigProvider").unwrap_or(simple) {
                "File" => Provider::File(AllowedPaths::of(&parameters)?),
                "Directory" => Provider::Directory(AllowedPaths::of(&parameters)?),
                "EnvVar" => Provider::Environment(allowlist(&parameters)?),
                _ => {
                    let why = "built in are FileConfigProvider, DirectoryConfigProvider and EnvVarConfigProvider";
                    return Err(ConfigError::invalid(&class_key, class, why));
                }
            };
            providers.insert(name.to_owned(), provider);
        }
        Ok(Self(providers))
    }

    /// A configuration with its references followed.
    ///
    /// # Errors
    /// In Kafka's words: a file or folder that cannot be read, or a path where none is expected.
    pub fn resolve(&self, props: &Props) -> Result<Props, ConfigError> {
        if self.0.is_empty() {
            return Ok(props.clone());
        }
        props.iter().map(|(key, value)| Ok((key.clone(), self.resolve_text(value)?))).collect()
    }

    /// One value with its references followed.
    ///
    /// # Errors
    /// As [`ConfigProviders::resolve`].
    pub fn resolve_text(&self, text: &str) -> Result<String, ConfigError> {
        let Some(reference) = REFERENCE.as_ref() else { return Ok(text.to_owned()) };
        let mut resolved = String::new();
        let mut rest = 0;
        for found in reference.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            resolved.push_str(text.get(rest..whole.start()).unwrap_or_default());
            match self.follow(&found)? {
                Some(value) => resolved.push_str(&value),
                None => resolved.push_str(whole.as_str()),
            }
            rest = whole.end();
        }
        resolved.push_str(text.get(rest..).unwrap_or_default());
        Ok(resolved)
    }

    fn follow(&self, reference: &Captures<'_>) -> Result<Option<String>, ConfigError> {
        let part = |index| reference.get(index).map(|found| found.as_str()).unwrap_or_default();
        let (path, key) = (part(3), part(4));
        match self.0.get(part(1)) {
            Some(Provider::File(allowed)) => of_file(allowed, path, key),
            Some(Provider::Directory(allowed)) => of_directory(allowed, path, key),
            Some(Provider::Environment(_)) if !path.is_empty() => {
                Err(ConfigError(format!("Path is not supported for EnvVarConfigProvider, invalid value '{path}'")))
            }
            Some(Provider::Environment(allowed)) => Ok(std::env::var(key).ok().filter(|_| allowed.is_match(key))),
            None => Ok(None),
        }
    }
}

fn of_file(allowed: &AllowedPaths, path: &str, key: &str) -> Result<Option<String>, ConfigError> {
    let Some(file) = allowed.path(path) else { return Ok(None) };
    let unreadable = |_| ConfigError(format!("Could not read properties from file {path}"));
    Ok(properties::load(&file).map_err(unreadable)?.remove(key))
}

fn of_directory(allowed: &AllowedPaths, path: &str, key: &str) -> Result<Option<String>, ConfigError> {
    let Some(folder) = allowed.path(path) else { return Ok(None) };
    let file = folder.join(key);
    // Only files of the folder itself have names that can be asked for.
    if Path::new(key).file_name().is_none_or(|name| name != key) || !file.is_file() {
        return Ok(None);
    }
    let unreadable = |_| ConfigError(format!("Could not read file {} for property {key}", file.display()));
    std::fs::read_to_string(&file).map(Some).map_err(unreadable)
}

fn allowlist(parameters: &Props) -> Result<Regex, ConfigError> {
    let pattern = parameters.get("allowlist.pattern").map_or(".*", String::as_str);
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| ConfigError::invalid("allowlist.pattern", pattern, error))
}

/// `allowed.paths`: what may be read, with everything below it; none: everything (KIP-933).
#[derive(Debug, Clone)]
struct AllowedPaths(Option<Vec<PathBuf>>);

impl AllowedPaths {
    fn of(parameters: &Props) -> Result<Self, ConfigError> {
        let Some(text) = parameters.get("allowed.paths").filter(|text| !text.trim().is_empty()) else { return Ok(Self(None)) };
        let mut paths = Vec::new();
        for path in text.split(',').map(|path| normal(Path::new(path.trim()))) {
            if !path.is_absolute() {
                return Err(ConfigError(format!("Path {} is not absolute", path.display())));
            }
            if !path.exists() {
                return Err(ConfigError(format!("Path {} does not exist", path.display())));
            }
            paths.push(path);
        }
        Ok(Self(Some(paths)))
    }

    /// The path that a reference names, if there is one and it may be read.
    fn path(&self, named: &str) -> Option<PathBuf> {
        let path = (!named.is_empty()).then(|| normal(Path::new(named)))?;
        let allowed = self.0.as_ref().is_none_or(|allowed| allowed.iter().any(|root| path.starts_with(root)));
        if !allowed {
            tracing::warn!("The path {named} is not allowed to be accessed");
        }
        allowed.then_some(path)
    }
}

/// The path without `.` and `..`, as `java.nio.file.Path.normalize`: links are not looked at.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn providers(folder: &Path) -> ConfigProviders {
        let folder = folder.display().to_string();
        let props = [
            ("config.providers", "file, directory,env"),
            ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
            ("config.providers.directory.class", "DirectoryConfigProvider"),
            ("config.providers.directory.param.allowed.paths", &folder),
            ("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
            ("config.providers.env.param.allowlist.pattern", "PATH|NOT_.*"),
        ];
        ConfigProviders::of_worker(&props.map(|(key, value)| (key.to_owned(), value.to_owned())).into()).unwrap()
    }

    #[test]
    fn references_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, secrets) = (folder.path().join("p.properties"), folder.path().join("secrets"));
        std::fs::create_dir(&secrets).unwrap();
        std::fs::write(&file, "user=al\\u0069ce\n").unwrap();
        std::fs::write(secrets.join("password"), "s3cret\n").unwrap();
        let (providers, file, secrets) = (providers(&secrets), file.display(), secrets.display());
        let of = |text: &str| providers.resolve_text(text).unwrap();
        assert_eq!(of(&format!("<${{file:{file}:user}}|${{directory:{secrets}:password}}>")), "<alice|s3cret\n>");
        assert_eq!(of("${env:PATH}"), std::env::var("PATH").unwrap());
        let left = [
            format!("${{file:{file}:nobody}}"),
            format!("${{directory:{secrets}/..:p.properties}}"),
            format!("${{directory:{secrets}:../p.properties}}"),
            "${env:HOME} ${env:NOT_SET} ${other:a:b} ${file:} $user ${user}".to_owned(),
        ];
        for text in left {
            assert_eq!(of(&text), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_in_kafkas_words() {
        let folder = tempfile::tempdir().unwrap();
        let providers = providers(folder.path());
        let error = |text: &str| providers.resolve_text(text).unwrap_err().0;
        assert_eq!(error("${file:/no/where:k}"), "Could not read properties from file /no/where");
        assert_eq!(error("${env:p:PATH}"), "Path is not supported for EnvVarConfigProvider, invalid value 'p'");
    }

    #[test]
    fn wrong_providers_are_refused() {
        let error = |pairs: &[(&str, &str)]| {
            let props = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            ConfigProviders::of_worker(&props).unwrap_err().0
        };
        assert!(error(&[("config.providers", "v")]).contains("config.providers.v.class"));
        assert!(error(&[("config.providers", "v"), ("config.providers.v.class", "a.Vault")]).contains("FileConfigProvider"));
        let file = [("config.providers", "f"), ("config.providers.f.class", "FileConfigProvider")];
        let with = |paths| error(&[file[0], file[1], ("config.providers.f.param.allowed.paths", paths)]);
        assert_eq!(with("a/b"), "Path a/b is not absolute");
        assert_eq!(with("/no/where"), "Path /no/where does not exist");
    }
}
