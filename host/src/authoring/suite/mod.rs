//! The contract suite: what every plugin has to keep, whatever it does and whatever language it is written in.
//!
//! It runs over components in their sandbox and asks nothing of an SDK. What a plugin does of its own is told by the author's cases,
//! whose configurations and records the suite uses.

pub(super) mod plugin;
pub(super) mod sink;
pub(super) mod source;
mod stages;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::authoring::cases::Case;
use crate::authoring::guest::Guest;
use crate::config::Props;
use crate::plugin::Kind;
use crate::sandbox::error::CallError;

/// How a plugin broke the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}

/// Whether one rule is kept.
pub type Kept = Result<(), Violation>;

/// What was checked, and what came of it.
#[derive(Debug, Clone)]
pub struct Check {
    /// The rule.
    pub name: String,
    /// Whether it is kept.
    pub kept: Kept,
}

pub(super) fn kept(holds: bool, what: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(Violation(what())) }
}

/// A call failed that must not.
pub(super) fn during(what: &str) -> impl Fn(CallError) -> Violation + '_ {
    move |error| Violation(format!("{what}: {}: {error}", error.class()))
}

pub(super) fn broken(what: &str, error: impl fmt::Display) -> Violation {
    Violation(format!("{what}: {error}"))
}

/// Collects checks, so that one that fails does not hide the others.
#[derive(Default)]
pub(super) struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &str, kept: Kept) {
        self.0.push(Check { name: name.to_owned(), kept });
    }
}

/// A case's plugin, configured in a folder of its own.
pub(super) struct Desk<'a> {
    pub guest: &'a Guest,
    pub case: &'a Case,
    folder: tempfile::TempDir,
}

impl<'a> Desk<'a> {
    pub fn new(guest: &'a Guest, case: &'a Case) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for a test")?;
        for (name, text) in &case.files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))
                .and_then(|()| fs::write(&path, text))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Self { guest, case, folder })
    }

    /// The folder that `${dir}` means.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration, with `${dir}` replaced.
    pub fn config(&self) -> Props {
        let folder = self.folder.path().display().to_string();
        self.case.config.iter().map(|(key, value)| (key.clone(), value.replace("${dir}", &folder))).collect()
    }

    /// The same with a key that nobody knows.
    pub fn config_with_strange_key(&self) -> Props {
        let mut config = self.config();
        config.insert("no.such.key".to_owned(), "x".to_owned());
        config
    }
}

/// Runs the whole suite of the case's plugin. Everything in it is about the first case without an `error` of each class.
///
/// # Errors
/// When the suite itself cannot run: no such class, no folder for files.
pub async fn run(guest: &Guest, case: &Case) -> anyhow::Result<Vec<Check>> {
    let found = guest.plugin(Some(&case.class))?;
    let mut checks = Checks::default();
    checks.add("manifest", plugin::manifest(&found));
    checks.add("a required key that is missing is refused by name", plugin::required_keys(guest, &found, case).await?);
    match found.kind {
        Kind::Source => source::run(guest, &found, case, &mut checks).await?,
        Kind::Sink => sink::run(guest, &found, case, &mut checks).await?,
        Kind::Transformation | Kind::Converter | Kind::HeaderConverter => {
            stages::run(guest, &found, case, &mut checks).await?;
        }
        Kind::Predicate => stages::run_predicate(guest, &found, case, &mut checks).await?,
    }
    Ok(checks.0)
}
