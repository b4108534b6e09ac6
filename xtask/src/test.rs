//! `cargo xtask test`: everything that must hold, on a machine that may have nothing yet.

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use caisson_harness::broker::{BOOTSTRAP as BROKER, Kafka};
use caisson_harness::deadline;
use caisson_harness::schema_registry::{SchemaRegistry, URL as REGISTRY};
use caisson_toolchain::process::{self, cargo};

use crate::test_binaries::{self, TestBinary};
use crate::{check, guests, host, setup};

/// Vectors that travel with the project.
const VECTORS: &str = "tests/vectors";

/// Tests that take a processor and measure no time: they run beside the others, at the lowest priority.
const BESIDE: [&str; 5] = ["cluster_simulation", "properties", "fuzz_bounded", "authors", "contract_fixtures"];

/// No test program takes nearly as long: one that does hangs, and the others want their turn.
const LIMIT: Duration = Duration::from_mins(20);

/// Sets up, checks, builds and tests. Cheap steps come first; all tests run even if some fail.
pub fn all(root: &Path) -> anyhow::Result<()> {
    step("set up", set_up)?;
    step("format", || check::format(root))?;
    // All components come before the host, whose build script looks at them.
    step("a guest for wasm32-wasip2", || guests::build_for_wasi(root))?;
    step("build", || host::build(root))?;
    let binaries = step("compile the tests", || test_binaries::compile(root))?;
    let registry = step("start the schema registry", SchemaRegistry::start)?;
    let kafka = step("start Kafka", || Kafka::start(&["-Xms256m", "-Xmx768m"]))?;
    let environment = [(BROKER, kafka.bootstrap()), (REGISTRY, registry.url())];
    step("tests", || tests(root, &binaries, &environment))?;
    step("vectors", || vectors(root, &root.join(VECTORS)))
}

/// Everything that the tests need and this machine lacks.
fn set_up() -> anyhow::Result<()> {
    setup::build()?;
    setup::kafka()?;
    setup::registry()?;
    setup::search()?;
    setup::databases()?;
    setup::rest_clients()?;
    setup::authors()
}

/// Runs the tests in two lanes. Most of the first lane's time is waiting, for servers and for deadlines, which leaves a processor to the
/// second: lints and what is in [`BESIDE`]. Its output is shown when it has ended, so that the two do not mix.
fn tests(root: &Path, binaries: &[TestBinary], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    let (beside, first): (Vec<_>, Vec<_>) = binaries.iter().partition(|binary| BESIDE.contains(&binary.name.as_str()));
    let mut output = tempfile::tempfile().context("cannot keep the output of the second lane")?;
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| second_lane(root, &beside, environment, &output));
        let failed: Vec<&str> = first
            .iter()
            .filter(|binary| !passes(binary.command(), &binary.name, environment))
            .map(|binary| binary.name.as_str())
            .collect();
        (failed, second.join())
    });
    output.rewind().and_then(|()| io::copy(&mut output, &mut io::stdout())).context("cannot show the second lane")?;
    let second = second.map_err(|_| anyhow!("the second lane panicked"))??;
    let failed = [first, second].concat();
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Lints, documentation's tests and tests that need no quiet, at the lowest priority. Returns what failed.
fn second_lane<'binary>(
    root: &Path,
    binaries: &[&'binary TestBinary],
    environment: &[(&str, &str)],
    output: &File,
) -> anyhow::Result<Vec<&'binary str>> {
    let mut work = vec![("lints", check::lints(root)?), ("doc-tests", doc_tests(root))];
    work.extend(binaries.iter().map(|binary| (binary.name.as_str(), binary.command())));
    let mut failed = Vec::new();
    for (name, command) in work {
        let mut quiet = process::at_lowest_priority(&command);
        quiet.stdout(output.try_clone()?).stderr(output.try_clone()?);
        if !passes(quiet, name, environment) {
            failed.push(name);
        }
    }
    Ok(failed)
}

fn doc_tests(root: &Path) -> Command {
    let mut command = cargo();
    command.args(["test", "--release", "--workspace", "--doc"]).current_dir(root);
    command
}

/// Runs one test program with the run's broker and registry, and says how long it took.
fn passes(mut command: Command, name: &str, environment: &[(&str, &str)]) -> bool {
    let started = Instant::now();
    let ended = within_limit(command.envs(environment.iter().copied()));
    let outcome = ended.as_ref().err().map(|error| format!(", FAILED: {error:#}")).unwrap_or_default();
    println!("== {name}: {:.0} s{outcome}", started.elapsed().as_secs_f64());
    ended.is_ok()
}

/// Runs a test program; one that does not end is killed.
fn within_limit(command: &mut Command) -> anyhow::Result<()> {
    let mut running = command.stdin(Stdio::null()).spawn().context("cannot be started")?;
    let ended = deadline::until("the test program ends", LIMIT, || Ok(running.try_wait()?));
    if ended.is_err() {
        running.kill().and_then(|()| running.wait()).context("hangs, and cannot be killed")?;
    }
    let status = ended?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// Runs every vector of a folder through the plugins.
pub fn vectors(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let folder = folder.canonicalize().with_context(|| format!("no folder {}", folder.display()))?;
    let program = host::program(root, "vectors")?;
    process::run(Command::new(program).arg(folder).current_dir(root))
}

fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let started = Instant::now();
    println!("== {name}");
    let result = work().with_context(|| format!("step `{name}` failed"));
    println!("== {name}: {:.0} s", started.elapsed().as_secs_f64());
    result
}
