//! New projects.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::embedded;
use crate::project::{FILE, Language, Settings};

/// What a template makes.
pub const KINDS: [&str; 3] = ["transform", "source", "sink"];

/// A project to be made.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// One of [`KINDS`].
    pub kind: String,
    /// Its name, such as `upper-case`: lower-case words with hyphens.
    pub name: String,
    /// The language.
    pub language: Language,
    /// A checkout's folder `sdk`, for an SDK that is not from the language's registry.
    pub sdk: Option<PathBuf>,
}

impl NewProject {
    /// Makes the project in a folder below `parent` of its name, and returns that folder.
    ///
    /// # Errors
    /// For a name that no language takes, a folder that is there, or an SDK that is not.
    pub fn make(&self, parent: &Path) -> anyhow::Result<PathBuf> {
        check_name(&self.name)?;
        let folder = parent.join(&self.name);
        if folder.exists() {
            bail!("{} is there already: choose another name, or remove it", folder.display());
        }
        let sdk = self.sdk.as_ref().map(|sdk| self.sdk_folder(sdk)).transpose()?;
        let templates = self.language.template(&self.kind);
        let mut files = embedded::template(self.language.sdk(), &templates).peekable();
        if files.peek().is_none() {
            bail!("there is no template {} in {}; there are {}", self.kind, self.language, KINDS.join(", "));
        }
        for (path, text) in files {
            let target = folder.join(self.named(path));
            let text = self.with_sdk(path, self.named(text), sdk.as_deref())?;
            fs::create_dir_all(target.parent().unwrap_or(&folder))
                .and_then(|()| fs::write(&target, text))
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
        Ok(folder)
    }

    fn sdk_folder(&self, sdk: &Path) -> anyhow::Result<PathBuf> {
        let folder = sdk.join(self.language.sdk());
        folder.canonicalize().with_context(|| format!("{} has no SDK for {}", sdk.display(), self.language))
    }

    /// The template's name becomes the project's, in each way of writing it.
    fn named(&self, text: &str) -> String {
        let words = self.name.split('-');
        let capitals: String =
            words.map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()).collect();
        text.replace("my-plugin", &self.name).replace("my_plugin", &self.name.replace('-', "_")).replace("MyPlugin", &capitals)
    }

    fn with_sdk(&self, path: &str, text: String, sdk: Option<&Path>) -> anyhow::Result<String> {
        Ok(match (self.language, path, sdk) {
            (_, FILE, Some(sdk)) => {
                let mut settings: Settings = serde_json::from_str(&text).context("the template's caisson.json")?;
                settings.sdk = Some(sdk.to_owned());
                serde_json::to_string_pretty(&settings)? + "\n"
            }
            (Language::Rust, "Cargo.toml", _) => {
                let version = env!("CARGO_PKG_VERSION");
                let from = sdk.map_or(format!("{version:?}"), |sdk| format!("{{ path = {:?} }}", sdk.display().to_string()));
                text.replace("{ path = \"../..\" }", &from)
            }
            (Language::Go, "go.mod", _) => {
                let text = text.replace("sdk-go v0.1.0", concat!("sdk-go v", env!("CARGO_PKG_VERSION")));
                let replaced = |sdk: &Path| text.replace("../..", &format!("{:?}", sdk.display().to_string()));
                sdk.map_or_else(|| text.replace("\nreplace caisson.dev/sdk-go => ../..\n", ""), replaced)
            }
            (Language::C, "Makefile", _) => text.replace("../..", &sdk.map_or_else(String::new, |sdk| sdk.display().to_string())),
            (Language::JavaScript | Language::TypeScript, "package.json", _) => {
                let from = sdk.map_or_else(|| env!("CARGO_PKG_VERSION").to_owned(), |sdk| format!("file:{}", sdk.display()));
                text.replace("\"file:../../..\"", &serde_json::Value::from(from).to_string())
            }
            _ => text,
        })
    }
}

/// Names that are a crate, a package and a module in every language.
fn check_name(name: &str) -> anyhow::Result<()> {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    if !name.split('-').all(word) {
        bail!("{name:?} is no name for a project: take lower-case words with hyphens between them, such as upper-case");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn new(language: Language, kind: &str, name: &str) -> NewProject {
        NewProject { kind: kind.to_owned(), name: name.to_owned(), language, sdk: None }
    }

    #[test]
    fn every_language_has_a_project_for_each_kind() {
        let parent = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            for kind in KINDS {
                let folder = new(language, kind, &format!("our-{language}-{kind}")).make(parent.path()).unwrap();
                let project = crate::project::Project::open(&folder).unwrap();
                assert_eq!(project.settings.language, language);
                assert!(project.cases().unwrap().is_file(), "{language} {kind}");
                for file in ["README.md", ".gitignore", ".github/workflows/ci.yml"] {
                    let text = fs::read_to_string(folder.join(file)).unwrap_or_else(|_| panic!("{language} {kind}: {file}"));
                    assert!(!text.contains("my-plugin") && !text.contains("my_plugin"), "{language} {kind}: {file}");
                }
            }
        }
    }

    #[test]
    fn a_name_has_to_suit_every_language() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["Upper", "1st", "a--b", "", "a_b", "../a"] {
            assert!(new(Language::Rust, "sink", name).make(parent.path()).is_err(), "{name}");
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let parent = tempfile::tempdir().unwrap();
        new(Language::Rust, "sink", "a").make(parent.path()).unwrap();
        assert!(new(Language::Rust, "sink", "a").make(parent.path()).unwrap_err().to_string().contains("is there already"));
    }
}
