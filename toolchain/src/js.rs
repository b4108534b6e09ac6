//! JavaScript and TypeScript: bundled by esbuild, made a component by the tool of the project's engine, in a folder that all projects of
//! that engine share.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::project::{Engine, Language, Project, toolchains};
use crate::{embedded, node, process};

/// The world of `wit/` with everything in it, and files: see `wit/javascript.wit` of the SDK.
const WORLD: &str = "javascript";
/// A file of a shared folder: its path there, and its text.
type Named = (&'static str, &'static str);
/// The same for all engines.
const BUILD: Named = ("build.mjs", include_str!("js/build.mjs"));
/// What else the shared folder of an engine holds. `package.json` pins the tools.
const QUICKJS: [Named; 4] = [
    BUILD,
    ("package.json", include_str!("js/quickjs/package.json")),
    ("engine.mjs", include_str!("js/quickjs/engine.mjs")),
    ("globals.js", include_str!("js/quickjs/globals.js")),
];
const SPIDERMONKEY: [Named; 7] = [
    BUILD,
    ("package.json", include_str!("js/spidermonkey/package.json")),
    ("nothing/package.json", include_str!("js/spidermonkey/nothing/package.json")),
    ("engine.mjs", include_str!("js/spidermonkey/engine.mjs")),
    ("bindings.mjs", include_str!("js/spidermonkey/bindings.mjs")),
    ("memory.mjs", include_str!("js/spidermonkey/memory.mjs")),
    ("globals.js", include_str!("js/spidermonkey/globals.js")),
];
/// Where npm puts the SDK in a project.
const SDK: &str = "node_modules/@caisson/sdk";
/// No questions, no advertisements, nothing that asks the registry for more than packages.
const NPM_INSTALL: [&str; 5] = ["install", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/// Installs what the project depends on, checks its types if it has any, and makes the component.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let tools = Tools::find(project.settings.engine.unwrap_or_default())?;
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

/// The shared folder of an engine.
struct Tools {
    engine: Engine,
    folder: PathBuf,
}

impl Tools {
    /// Finds it, and makes it if there is none.
    fn find(engine: Engine) -> anyhow::Result<Self> {
        let root = toolchains()?;
        let mut hasher = DefaultHasher::new();
        files(engine).hash(&mut hasher);
        let made = Self { engine, folder: root.join(format!("js-{engine}-{:x}", hasher.finish())) };
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
        for (name, text) in files(self.engine) {
            let path = self.folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&self.folder))
                .and_then(|()| fs::write(&path, text))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        // The tools' own install scripts only save them time.
        let mut npm = node::command("npm")?;
        npm.args(NPM_INSTALL).arg("--ignore-scripts").current_dir(&self.folder);
        process::output(&mut npm)
            .map(|_| ())
            .with_context(|| format!("cannot install the tools for {} from npm into {}", self.engine, self.folder.display()))
    }

    /// The compiler's complaints name file and line.
    fn check_types(&self, project: &Project) -> anyhow::Result<Command> {
        let mut command = node::command("node")?;
        command.arg(self.folder.join("node_modules/typescript/bin/tsc")).args(["--noEmit", "--pretty", "false", "--project"]);
        command.arg(&project.folder).current_dir(&project.folder);
        Ok(command)
    }
}

fn files(engine: Engine) -> &'static [Named] {
    match engine {
        Engine::QuickJs => &QUICKJS,
        Engine::SpiderMonkey => &SPIDERMONKEY,
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
