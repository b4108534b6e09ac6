//! The sandbox against plugins that misbehave. `cargo xtask guests` builds them; `cargo xtask test` does both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use caisson::config::Props;
use caisson::config::sandbox::Limits;
use caisson::plugin::Plugin;
use caisson::plugin::artifact::Artifact;
use caisson::plugin::{embedded, manifest};
use caisson::sandbox::context::NoContext;
use caisson::sandbox::error::CallError;
use caisson::sandbox::grant::ceiling::Ceiling;
use caisson::sandbox::grant::wish::Wish;
use caisson::sandbox::stages::{StageSpec, Work};
use caisson::sandbox::state::Owner;
use caisson::sandbox::{Sandbox, Spec};
use tempfile::TempDir;

struct Bench {
    sandbox: Sandbox,
    folder: TempDir,
}

fn component(probe: &str) -> PathBuf {
    let folder = std::env::var_os("CAISSON_COMPONENTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components"), PathBuf::from);
    let path = folder.join(format!("probe-{probe}.wasm"));
    assert!(path.is_file(), "{} is missing: run `cargo xtask guests` first", path.display());
    path
}

fn bench(ceiling: Ceiling) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(Some(&folder.path().join("cache")), ceiling).unwrap();
    Bench { sandbox, folder }
}

impl Bench {
    async fn plugin(&self, probe: &str) -> Arc<Plugin> {
        let artifact = Arc::new(Artifact::file(&component(probe)).unwrap());
        let described = self.sandbox.manifest(Arc::clone(&artifact)).await.unwrap();
        Arc::new(Plugin::new(described.into_iter().next().unwrap(), artifact).unwrap())
    }

    async fn spec(&self, probe: &str, config: &[(&str, &str)], limits: Limits) -> Spec {
        let config: Props = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Spec {
            plugin: self.plugin(probe).await,
            connector: config.clone(),
            config,
            owner: Owner::task("probe", 0),
            limits,
            grants: Vec::new(),
            context: Arc::new(NoContext),
        }
    }

    /// The error of the probe's first poll, and that its instance is lost while a new one can be made.
    async fn fails(&self, probe: &str, config: &[(&str, &str)], limits: Limits) -> String {
        let spec = self.spec(probe, config, limits).await;
        let mut task = self.sandbox.source_task(&spec).await.unwrap();
        let error = task.poll().await.unwrap_err();
        assert!(error.is_fatal_to_instance(), "{error}");
        assert_eq!(task.poll().await.unwrap_err(), CallError::Lost);
        self.sandbox.source_task(&spec).await.unwrap();
        error.to_string()
    }
}

fn quick() -> Limits {
    Limits { fuel_per_call: 200_000_000, call_timeout: Duration::from_secs(20), ..Limits::default() }
}

/// I15, I16
#[tokio::test]
async fn an_endless_loop_runs_out_of_fuel() {
    let told = bench(Ceiling::default()).fails("endless-loop", &[], quick()).await;
    assert!(told.contains("fuel") && told.contains("200000000") && told.contains("sandbox.fuel.per.call"), "{told}");
    assert!(told.contains("source-task.poll"), "{told}");
}

#[tokio::test]
async fn endless_allocation_hits_the_memory_limit() {
    let told = bench(Ceiling::default()).fails("endless-allocation", &[], quick()).await;
    assert!(
        told.contains("limit of memory in source-task.poll: 67108864 bytes") && told.contains("sandbox.memory.bytes"),
        "{told}"
    );
}

#[tokio::test]
async fn a_panic_is_told_with_the_plugins_frames() {
    let told = bench(Ceiling::default()).fails("panic", &[], quick()).await;
    assert!(told.contains("the plugin crashed in source-task.poll") && told.contains("\n\tat "), "{told}");
}

#[tokio::test]
async fn deep_recursion_hits_the_stack() {
    let told = bench(Ceiling::default()).fails("deep-recursion", &[], quick()).await;
    assert!(told.contains("limit of stack in source-task.poll: 1048576 bytes"), "{told}");
}

#[tokio::test]
async fn a_blocking_host_call_runs_out_of_time() {
    let started = Instant::now();
    let limits = Limits { call_timeout: Duration::from_millis(300), ..quick() };
    let told = bench(Ceiling::default()).fails("blocking-call", &[], limits).await;
    assert!(
        told.contains("limit of time in a call in source-task.poll: 300 ms") && told.contains("sandbox.call.timeout.ms"),
        "{told}"
    );
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_giant_result_is_never_copied() {
    let bench = bench(Ceiling::default());
    let told = bench.fails("giant-result", &[], quick()).await;
    assert!(told.contains("sandbox.memory.bytes"), "{told}");
    let told = bench.fails("giant-result", &[("claim", "yes")], quick()).await;
    assert!(told.contains("out of bounds"), "{told}");
}

/// I15
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_spinning_plugin_gives_way_to_others_on_its_thread() {
    let bench = bench(Ceiling::default());
    let loops = bench.spec("endless-loop", &[], Limits { fuel_per_call: u64::MAX, ..quick() }).await;
    let works = bench.spec("malformed-batch", &[], quick()).await;
    let mut spinning = bench.sandbox.source_task(&loops).await.unwrap();
    let mut working = bench.sandbox.source_task(&works).await.unwrap();
    let spin = tokio::spawn(async move { spinning.poll().await });
    for _ in 0..50 {
        tokio::spawn(async move {
            working.poll().await.unwrap();
            working
        });
        working = bench.sandbox.source_task(&works).await.unwrap();
    }
    assert!(!spin.is_finished());
    spin.abort();
    assert!(spin.await.unwrap_err().is_cancelled());
}

/// I16
#[tokio::test]
async fn a_call_given_up_loses_the_instance() {
    let bench = bench(Ceiling::default());
    let spec = bench.spec("blocking-call", &[], quick()).await;
    let mut task = bench.sandbox.source_task(&spec).await.unwrap();
    tokio::time::timeout(Duration::from_millis(50), task.poll()).await.unwrap_err();
    assert_eq!(task.poll().await.unwrap_err(), CallError::Lost);
}

#[tokio::test]
async fn what_crosses_is_not_judged_here() {
    let bench = bench(Ceiling::default());
    let spec = bench.spec("malformed-batch", &[], quick()).await;
    let mut task = bench.sandbox.source_task(&spec).await.unwrap();
    let polled = task.poll().await.unwrap();
    assert_eq!(polled.batch.as_ref(), [0x82, 0x80]);
    assert!(task.fuel_used() > 0);
    task.stop().await.unwrap();

    let plugin = bench.plugin("wrong-id").await;
    let stage = StageSpec { plugin, work: Work::Transform, config: Props::new(), predicate: None };
    let mut chain = bench.sandbox.chain(&[stage], Owner::task("probe", 0), quick(), &[]).await.unwrap();
    let outcome = chain.apply(&[0x82, 0x80, 0x80], 0).await.unwrap();
    assert_eq!(outcome.dropped, [4_000_000_000]);
}

async fn read(bench: &Bench, config: &[(&str, &str)], wishes: &str) -> Result<String, String> {
    let mut spec = bench.spec("file-access", config, quick()).await;
    spec.grants = Wish::parse_all(wishes).unwrap();
    let mut task = bench.sandbox.source_task(&spec).await.map_err(|error| error.to_string())?;
    let polled = task.poll().await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(polled.batch.to_vec()).unwrap())
}

/// I17
#[tokio::test]
async fn a_config_grants_the_file_it_names_and_no_other() {
    let bench = bench(Ceiling::default());
    let folder = bench.folder.path().canonicalize().unwrap();
    fs::write(folder.join("mine"), "mine").unwrap();
    fs::write(folder.join("other"), "other").unwrap();
    let mine = folder.join("mine").display().to_string();
    let here = folder.display().to_string();

    let granted = read(&bench, &[("file", &mine), ("from", &here), ("path", "mine")], "").await;
    assert_eq!(granted.unwrap(), "mine");
    let granted = read(&bench, &[("file", &mine), ("path", &mine[1..])], "").await;
    assert_eq!(granted.unwrap(), "mine");

    let told = read(&bench, &[("file", &mine), ("from", &here), ("path", "other")], "").await.unwrap_err();
    assert!(told.contains(&format!("the sandbox refused reading {here}/other")), "{told}");
    assert!(told.contains(&format!("add read:{here}/other to the connector's sandbox.grants")), "{told}");
    let told = read(&bench, &[("path", "etc/passwd")], "").await.unwrap_err();
    assert!(told.contains("the sandbox refused reading /etc/passwd"), "{told}");
    let told = read(&bench, &[("file", &mine), ("from", &here), ("path", "mine"), ("write", "yes")], "").await.unwrap_err();
    assert!(told.contains(&format!("the sandbox refused writing {mine}")), "{told}");

    let granted = read(&bench, &[("from", &here), ("path", "other")], &format!("read:{here}/other")).await;
    assert_eq!(granted.unwrap(), "other");
    let granted = read(&bench, &[("from", &here), ("path", "other")], &format!("read:{here}")).await;
    assert_eq!(granted.unwrap(), "other");
}

/// I17
#[tokio::test]
async fn neither_dots_nor_links_lead_out() {
    let bench = bench(Ceiling::default());
    let folder = bench.folder.path().canonicalize().unwrap();
    let inner = folder.join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(folder.join("secret"), "secret").unwrap();
    fs::write(inner.join("mine"), "mine").unwrap();
    let mine = inner.join("mine").display().to_string();
    let here = inner.display().to_string();
    let whole = format!("read:{here}");

    for (wishes, file) in [("", mine.as_str()), (whole.as_str(), "")] {
        let told = read(&bench, &[("file", file), ("from", &here), ("path", "../secret")], wishes).await.unwrap_err();
        assert!(told.contains("../secret"), "{told}");
    }

    // A link that appears after the grant, in the place of the file or below the folder.
    let spec = bench.spec("file-access", &[("file", &mine), ("from", &here), ("path", "mine")], quick()).await;
    let mut task = bench.sandbox.source_task(&spec).await.unwrap();
    fs::remove_file(inner.join("mine")).unwrap();
    std::os::unix::fs::symlink(folder.join("secret"), inner.join("mine")).unwrap();
    task.poll().await.unwrap_err();
    std::os::unix::fs::symlink("../secret", inner.join("link")).unwrap();
    read(&bench, &[("from", &here), ("path", "link")], &whole).await.unwrap_err();
    read(&bench, &[("from", &here), ("path", "mine")], &whole).await.unwrap_err();

    // The link that the config itself names is the user's word.
    let linked = inner.join("link").display().to_string();
    assert_eq!(read(&bench, &[("file", &linked), ("from", &here), ("path", "link")], "").await.unwrap(), "secret");
}

/// I17: a task's configuration is made by its connector, which grants nothing.
#[tokio::test]
async fn a_task_is_granted_what_its_connectors_user_named() {
    let bench = bench(Ceiling::default());
    let folder = bench.folder.path().canonicalize().unwrap();
    fs::write(folder.join("mine"), "mine").unwrap();
    fs::write(folder.join("other"), "other").unwrap();
    let (mine, other) = (folder.join("mine").display().to_string(), folder.join("other").display().to_string());

    let mut spec = bench.spec("file-access", &[("file", &other), ("path", &other[1..])], quick()).await;
    assert_eq!(bench.sandbox.source_task(&spec).await.unwrap().poll().await.unwrap().batch, "other");
    spec.connector.insert("file".to_owned(), mine.clone());
    let told = bench.sandbox.source_task(&spec).await.unwrap().poll().await.unwrap_err().to_string();
    assert!(told.contains(&format!("the sandbox refused reading {other}")), "{told}");
    spec.config.insert("path".to_owned(), mine[1..].to_owned());
    assert_eq!(bench.sandbox.source_task(&spec).await.unwrap().poll().await.unwrap().batch, "mine");
}

#[tokio::test]
async fn a_grant_that_cannot_be_given_names_key_path_and_remedy() {
    let missing = bench(Ceiling::default());
    let told = read(&missing, &[("file", "/nowhere/at/all/in.txt")], "").await.unwrap_err();
    assert!(
        told.contains("/nowhere/at/all/in.txt for configuration file") && told.contains("create it or correct file"),
        "{told}"
    );

    let roots = missing.folder.path().join("data");
    fs::create_dir(&roots).unwrap();
    let bounded = bench(Ceiling { files_roots: Some(vec![roots]), hosts: Some(Vec::new()) });
    let told = read(&bounded, &[("file", "/etc/passwd")], "").await.unwrap_err();
    assert!(told.contains("sandbox.files.roots") && told.contains("/etc/passwd"), "{told}");
    let told = read(&bounded, &[], "connect:example.org:80").await.unwrap_err();
    assert!(told.contains("sandbox.hosts") && told.contains("example.org:80"), "{told}");
}

#[tokio::test]
async fn what_is_no_plugin_is_told_apart() {
    let bench = bench(Ceiling::default());
    let told = async |path: &Path| bench.sandbox.inspect(path).await.unwrap_err().to_string();
    let other = told(&component("other-contract")).await;
    assert!(other.contains("speaks version 0.2.0") && other.contains("this worker version 0.1.0"), "{other}");
    let foreign = told(&component("foreign-import")).await;
    assert!(
        foreign.contains("wants an import that this worker does not grant") && foreign.contains("probe:foreign/engine"),
        "{foreign}"
    );
    let text = bench.folder.path().join("text.wasm");
    fs::write(&text, "no component").unwrap();
    assert!(told(&text).await.contains("is no WebAssembly component"));
    assert!(told(&bench.folder.path().join("none.wasm")).await.contains("none.wasm"));
}

/// I18
#[tokio::test]
async fn code_is_compiled_once_and_kept() {
    let bench = bench(Ceiling::default());
    let artifact = Artifact::file(&component("panic")).unwrap();
    let (one, two) = tokio::join!(bench.sandbox.prepare(&artifact), bench.sandbox.prepare(&artifact));
    one.and(two).unwrap();
    let cache = bench.folder.path().join("cache");
    let engine = fs::read_dir(cache.join("code")).unwrap().next().unwrap().unwrap().path();
    let kept = engine.join(format!("{}.cwasm", artifact.digest));
    let written = fs::metadata(&kept).unwrap().modified().unwrap();

    let again = Sandbox::new(Some(&cache), Ceiling::default()).unwrap();
    again.prepare(&artifact).await.unwrap();
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), written);
}

#[tokio::test]
async fn more_instances_than_the_pool_holds() {
    let bench = bench(Ceiling::default());
    let spec = bench.spec("malformed-batch", &[], quick()).await;
    let mut tasks = Vec::new();
    for _ in 0..300 {
        tasks.push(bench.sandbox.source_task(&spec).await.unwrap());
    }
    for task in &mut tasks {
        task.poll().await.unwrap();
    }
}

/// What travels in the binary is what each component says.
#[tokio::test]
async fn built_in_manifests_are_those_of_their_components() {
    let bench = bench(Ceiling::default());
    let artifacts = embedded::artifacts();
    assert!(!artifacts.is_empty());
    for artifact in artifacts {
        let kept = artifact.manifest().unwrap_or_else(|| panic!("{} keeps no manifest.json in its crate", artifact.name));
        let told = bench.sandbox.manifest(Arc::new(artifact.clone())).await.unwrap();
        assert!(manifest::read(kept.as_bytes()) == Some(told), "{}: run `cargo xtask manifests`", artifact.name);
    }
}
