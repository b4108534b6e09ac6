//! A plugin's project: the folder of its `caisson.json`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

/// The file that makes a folder a project.
pub const FILE: &str = "caisson.json";

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust, by cargo.
    Rust,
    /// Python, by componentize-py.
    Python,
    /// Go, by its own compiler.
    Go,
    /// C, by zig's compiler.
    C,
    /// JavaScript, by esbuild and the tool of an [`Engine`].
    JavaScript,
    /// TypeScript: JavaScript whose types are checked first.
    TypeScript,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Rust, Self::Python, Self::JavaScript, Self::TypeScript, Self::Go, Self::C];

    /// As `caisson.json` and `--lang` have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Go => "go",
            Self::C => "c",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
        }
    }

    /// The folder of its SDK in `sdk/`, by its own name unless languages share one.
    pub fn sdk(self) -> &'static str {
        match self {
            Self::JavaScript | Self::TypeScript => "js",
            other => other.name(),
        }
    }

    /// The folder of a template below `sdk/…/template/`.
    pub(crate) fn template(self, kind: &str) -> String {
        if self.sdk() == self.name() { kind.to_owned() } else { format!("{}/{kind}", self.name()) }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|language| language.name() == name).ok_or_else(|| format!("one of: {}", known()))
    }
}

/// What runs JavaScript in a component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// QuickJS, by componentize-qjs: small, quick to compile, and quicker at records.
    #[default]
    QuickJs,
    /// SpiderMonkey, by componentize-js: larger, quicker at JSON, maps and text, and with HTTP.
    SpiderMonkey,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QuickJs => "quickjs",
            Self::SpiderMonkey => "spidermonkey",
        })
    }
}

/// `caisson.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The language.
    pub language: Language,
    /// What holds the plugins: a Python module, a Rust library, a file of JavaScript, a Go package, C files.
    pub module: String,
    /// Where the component is left.
    pub component: PathBuf,
    /// The author's own cases, for `caisson test`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<PathBuf>,
    /// The folder of the language's SDK, for an SDK that is not from the language's registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<PathBuf>,
    /// What runs JavaScript and TypeScript; no other language has one. None: the default of [`Engine`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
}

/// A project on disk.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// What its `caisson.json` says.
    pub settings: Settings,
}

impl Project {
    /// Reads the project of a folder.
    ///
    /// # Errors
    /// Names the file, and for a mistake in it the line.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(FILE);
        if !file.is_file() {
            bail!("{} is no project: it has no {FILE}. `caisson new` makes one", folder.display());
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let settings: Settings = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let language = settings.language;
        if settings.engine.is_some() && !matches!(language, Language::JavaScript | Language::TypeScript) {
            bail!("{}: `engine` is for javascript and typescript, and this project is in {language}", file.display());
        }
        let folder = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
        Ok(Self { folder, settings })
    }

    /// Where its component is left.
    pub fn component(&self) -> PathBuf {
        self.folder.join(&self.settings.component)
    }

    /// Where its author's cases are.
    pub fn cases(&self) -> Option<PathBuf> {
        self.settings.cases.as_ref().map(|cases| self.folder.join(cases))
    }

    /// Makes the folder that the component is left in.
    pub(crate) fn component_folder(&self) -> anyhow::Result<PathBuf> {
        let component = self.component();
        let folder = component.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(component)
    }
}

/// Where toolchains are kept, one for all projects: `$XDG_CACHE_HOME/caisson/toolchains`, else `~/.cache/caisson/toolchains`.
pub(crate) fn toolchains() -> anyhow::Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let cache = cache.context("there is no place for toolchains: set HOME or XDG_CACHE_HOME")?;
    Ok(cache.join("caisson").join("toolchains"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        format!("{:#}", Project::open(folder.path()).unwrap_err())
    }

    #[test]
    fn a_bad_file_is_named_with_its_line() {
        assert!(refused("{\n \"langage\": \"rust\"}").contains("unknown field `langage`"));
        let told = refused("{\n\"language\": \"cobol\"}");
        assert!(told.contains("caisson.json") && told.contains("line 2") && told.contains("`rust`"), "{told}");
    }

    #[test]
    fn an_engine_is_one_of_those_of_javascript() {
        let project = |language: &str, engine: &str| {
            format!(r#"{{"language": "{language}", "module": "m", "component": "c.wasm", "engine": "{engine}"}}"#)
        };
        let told = refused(&project("python", "quickjs"));
        assert!(
            told.contains("caisson.json: `engine` is for javascript and typescript, and this project is in python"),
            "{told}"
        );
        let told = refused(&project("javascript", "v8"));
        assert!(told.contains("`quickjs`") && told.contains("`spidermonkey`"), "{told}");
        for engine in [Engine::QuickJs, Engine::SpiderMonkey] {
            let settings: Settings = serde_json::from_str(&project("typescript", &engine.to_string())).unwrap();
            assert_eq!(settings.engine, Some(engine));
        }
    }

    #[test]
    fn a_folder_without_the_file_is_no_project() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Project::open(folder.path()).unwrap_err().to_string().contains("`caisson new` makes one"));
    }
}
