//! A search server of one's own: one node of Elasticsearch or OpenSearch, without security, on free ports.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::broker::free_ports;
use crate::deadline;
use crate::distribution::{cache, copy_jars, java};
use crate::guarded::Guarded;

const POM: &str = include_str!("../search/pom.xml");
/// A busy machine has taken three minutes.
const START_LIMIT: Duration = Duration::from_secs(600);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Whose server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Elasticsearch 8, without the modules that Maven Central lacks: no scripts, and only documents make data streams.
    Elasticsearch,
    /// OpenSearch 2.
    OpenSearch,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "elasticsearch",
            Self::OpenSearch => "opensearch",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Elasticsearch => "8.19.21",
            Self::OpenSearch => "2.19.1.0",
        }
    }

    /// The class that starts a node, and its source.
    fn launcher(self) -> (&'static str, &'static str) {
        match self {
            Self::Elasticsearch => ("ElasticsearchNode", include_str!("../search/ElasticsearchNode.java")),
            Self::OpenSearch => ("OpenSearchNode", include_str!("../search/OpenSearchNode.java")),
        }
    }
}

/// A running server; dropping it stops it and removes its data.
pub struct SearchServer {
    engine: Engine,
    folder: PathBuf,
    ports: [u16; 2],
    /// None while it is stopped.
    process: Option<Guarded>,
}

impl SearchServer {
    /// Starts an empty server and waits until it answers.
    pub fn start(engine: Engine) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("caisson-search-").tempdir()?;
        let mut server = Self { engine, folder: folder.path().to_path_buf(), ports: free_ports()?, process: None };
        server.start_again()?;
        // From here on the folder goes with the process.
        let _ = folder.keep();
        Ok(server)
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// Stops the server in good order; its data stay.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let Some(process) = self.process.take() else { return Ok(()) };
        process.signal("TERM")?;
        // One that takes longer is killed, as an operator would.
        let _ = deadline::until("the search server stops", STOP_LIMIT, || Ok((!process.alive()).then_some(())));
        process.end_and_keep()
    }

    /// Starts the stopped server on its data and its ports, and waits until it answers.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let home = fetched(self.engine)?;
        let (class, _) = self.engine.launcher();
        let mut command = Command::new(java());
        command.args(["-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"]);
        command.arg(format!("{}:{}/*", home.join("classes").display(), home.join("libs").display()));
        command.arg(class).arg(home.join("home")).arg(&self.folder).args(self.ports.map(|port| port.to_string()));
        let process = Guarded::start(&command, &self.folder.join("search.log"), Some(&self.folder))?;
        deadline::until("the search server answers", START_LIMIT, || {
            if !process.alive() {
                bail!("it ended: {}", process.printed());
            }
            // What was there before has to be readable again.
            let health = self.get("/_cluster/health")?;
            Ok((health["status"] != "red" && health["initializing_shards"] == 0).then_some(()))
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// What is answered to GET on a path.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(ureq::get(format!("{}{path}", self.url())).call()?.body_mut().read_json()?)
    }

    /// What is answered to POST of JSON on a path.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(ureq::post(format!("{}{path}", self.url())).send_json(body)?.body_mut().read_json()?)
    }

    /// What is answered to PUT of JSON on a path.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(ureq::put(format!("{}{path}", self.url())).send_json(body)?.body_mut().read_json()?)
    }

    /// Lets searches find what was written.
    fn refresh(&self, name: &str) -> anyhow::Result<()> {
        ureq::post(format!("{}/{name}/_refresh", self.url())).send_empty()?;
        Ok(())
    }

    /// How many documents can be found in an index, data stream or alias.
    pub fn count(&self, name: &str) -> anyhow::Result<u64> {
        self.refresh(name)?;
        self.get(&format!("/{name}/_count"))?["count"].as_u64().context("no count")
    }

    /// Every document of an index with its id.
    pub fn documents(&self, name: &str) -> anyhow::Result<BTreeMap<String, Value>> {
        self.refresh(name)?;
        let mut all = BTreeMap::new();
        let query = json!({"size": 5000, "query": {"match_all": {}}});
        let mut page = self.post(&format!("/{name}/_search?scroll=1m"), &query)?;
        loop {
            let hits = page["hits"]["hits"].as_array().context("no hits")?;
            if hits.is_empty() {
                return Ok(all);
            }
            for hit in hits {
                all.insert(hit["_id"].as_str().context("no id")?.to_owned(), hit["_source"].clone());
            }
            let next = json!({"scroll": "1m", "scroll_id": page["_scroll_id"]});
            page = self.post("/_search/scroll", &next)?;
        }
    }
}

/// The folder of a server's program in the user's cache, filled from Maven Central when it is not there.
pub fn fetched(engine: Engine) -> anyhow::Result<PathBuf> {
    let home = cache()?.join(format!("{}-{}", engine.name(), engine.version()));
    if !home.is_dir() {
        fetch(engine, &home).with_context(|| format!("cannot fetch {} {}", engine.name(), engine.version()))?;
    }
    Ok(home)
}

/// Fetches and compiles beside `home`, and moves it there once it is complete.
fn fetch(engine: Engine, home: &Path) -> anyhow::Result<()> {
    let parent = home.parent().context("no folder to fetch into")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let work = tempfile::tempdir_in(parent)?;
    let (made, compiler) = (work.path().join("made"), work.path().join("compiler"));
    copy_jars(POM, &["-P", engine.name()], &made.join("libs"))?;
    copy_jars(POM, &["-P", "compiler"], &compiler)?;
    fs::create_dir_all(made.join("home/config"))?;
    if engine == Engine::Elasticsearch {
        make_module(&made)?;
    }
    let (class, source) = engine.launcher();
    let source_file = work.path().join(format!("{class}.java"));
    fs::write(&source_file, source)?;
    compile(&source_file, &jars(&compiler)?, &jars(&made.join("libs"))?, &made.join("classes"))?;
    match fs::rename(&made, home) {
        // Another process was quicker.
        Err(_) if home.is_dir() => Ok(()),
        other => other.with_context(|| format!("cannot create {}", home.display())),
    }
}

/// Elasticsearch looks for its HTTP among its modules, each in a folder with a description.
fn make_module(made: &Path) -> anyhow::Result<()> {
    let module = made.join("home/modules/transport-netty4");
    fs::create_dir_all(&module)?;
    for jar in jars(&made.join("libs"))? {
        let name = jar.file_name().context("a jar has a name")?.to_owned();
        let of_module = ["netty-", "transport-netty4-"].iter().any(|start| name.to_string_lossy().starts_with(start));
        if of_module {
            fs::rename(&jar, module.join(name))?;
        }
    }
    let version = Engine::Elasticsearch.version();
    let description = format!(
        "name=transport-netty4\ndescription=HTTP\nversion={version}\nelasticsearch.version={version}\njava.version=17\n\
         classname=org.elasticsearch.transport.netty4.Netty4Plugin\n"
    );
    Ok(fs::write(module.join("plugin-descriptor.properties"), description)?)
}

fn jars(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut jars = Vec::new();
    for entry in fs::read_dir(folder)? {
        jars.push(entry?.path());
    }
    Ok(jars)
}

fn compile(source: &Path, compiler: &[PathBuf], libs: &[PathBuf], to: &Path) -> anyhow::Result<()> {
    let path = |jars: &[PathBuf]| jars.iter().map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":");
    let mut command = Command::new(java());
    command.args(["-cp", &path(compiler), "org.eclipse.jdt.internal.compiler.batch.Main", "-17", "-nowarn", "-cp", &path(libs)]);
    let status = command.arg("-d").arg(to).arg(source).stdin(Stdio::null()).status().context("cannot run java")?;
    if !status.success() {
        bail!("the compiler ended with {status}");
    }
    Ok(())
}
