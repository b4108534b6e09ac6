//! JavaScript and TypeScript: bundled by esbuild, made a component by componentize-qjs, in a folder that all projects share.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::project::{Language, Project, toolchains};
use crate::{embedded, node, process};

/// The world of `wit/` with everything in it, and files: see `wit/javascript.wit` of the SDK.
const WORLD: &str = "javascript";
/// What the shared folder holds. `package.json` pins the tools.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("js/package.json")),
    ("build.mjs", include_str!("js/build.mjs")),
    ("globals.js", include_str!("js/globals.js")),
];
/// Where npm puts the SDK in a project.
const SDK: &str = "node_modules/@caisson/sdk";
/// No questions, no advertisements, nothing that asks the registry for more than packages.
const NPM_INSTALL: [&str; 5] = ["install", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/// Installs what the project depends on, checks its types if it has any, and makes the component.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let tools = Tools::find()?;
    install(project)?;
    let work = project.folder.join(".caisson");
    let contract = work.join("wit");
    embedded::write_contract(&contract).with_context(|| format!("cannot write {}", contract.display()))?;
    let own = project.folder.join(SDK).join("wit");
    copy(&own, &contract).with_context(|| format!("cannot copy {}", own.display()))?;
    if project.settings.language == Language::TypeScript {
        process::output(&mut tools.check_types(project)?).map(|_| ())?;
    }
    let request = serde_json::json!({
        "folder": project.folder,
        "module": project.settings.module,
        "work": work,
        "wit": contract,
        "world": WORLD,
        "component": project.component_folder()?,
    });
    // The author's module runs during this, so its mistakes show here, with file and line.
    let mut command = node::command("node")?;
    command.arg(tools.folder.join("build.mjs")).arg(request.to_string()).current_dir(&project.folder);
    process::output(&mut command).map(|_| ()).with_context(|| format!("cannot build {}", project.settings.module))
}

/// The shared folder.
struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Finds it, and makes it if there is none.
    fn find() -> anyhow::Result<Self> {
        let root = toolchains()?;
        let mut hasher = DefaultHasher::new();
        FILES.hash(&mut hasher);
        let made = Self { folder: root.join(format!("js-{:x}", hasher.finish())) };
        let complete = made.folder.join("complete");
        if complete.is_file() {
            return Ok(made);
        }
        fs::create_dir_all(&made.folder).with_context(|| format!("cannot create {}", made.folder.display()))?;
        let lock = File::create(root.join("js.lock")).context("cannot lock the toolchains")?;
        lock.lock().context("cannot lock the toolchains")?;
        if !complete.is_file() {
            made.make()?;
            fs::write(&complete, "").with_context(|| format!("cannot write {}", complete.display()))?;
        }
        Ok(made)
    }

    fn make(&self) -> anyhow::Result<()> {
        for (name, text) in FILES {
            let path = self.folder.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        // The tools' own install scripts only save them time.
        let mut npm = node::command("npm")?;
        npm.args(NPM_INSTALL).arg("--ignore-scripts").current_dir(&self.folder);
        process::output(&mut npm)
            .map(|_| ())
            .with_context(|| format!("cannot install esbuild and componentize-qjs from npm into {}", self.folder.display()))
    }

    /// The compiler's complaints name file and line.
    fn check_types(&self, project: &Project) -> anyhow::Result<Command> {
        let mut command = node::command("node")?;
        command.arg(self.folder.join("node_modules/typescript/bin/tsc")).args(["--noEmit", "--pretty", "false", "--project"]);
        command.arg(&project.folder).current_dir(&project.folder);
        Ok(command)
    }
}

/// Has npm put the project's dependencies, the SDK among them, into its `node_modules`, unless they are there already.
fn install(project: &Project) -> anyhow::Result<()> {
    let manifest = project.folder.join("package.json");
    let now = fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let stamp = project.folder.join(".caisson/package.json");
    if project.folder.join(SDK).is_dir() && fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return Ok(());
    }
    let mut npm = node::command("npm")?;
    npm.args(NPM_INSTALL).current_dir(&project.folder);
    process::output(&mut npm)
        .with_context(|| format!("cannot install the dependencies of {}", manifest.display()))
        .with_context(|| format!("an SDK that is no package of npm is named in {} as file:…", manifest.display()))?;
    fs::create_dir_all(project.folder.join(".caisson"))
        .and_then(|()| fs::write(&stamp, now))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
