//! Components of every contract version that was released, as `caisson build` made them then (`cargo xtask fixtures`): this build
//! runs them, in the sandbox alone and together in a worker.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, binary};
use lzma_rust2::LzipReader;
use serde_json::{Value, json};

/// The contracts, and the projects of which each has a component.
const CONTRACTS: [(&str, [&str; 10]); 1] = [(
    "0.1.0",
    [
        "c-sink",
        "c-source",
        "c-transform",
        "go-transform",
        "javascript-transform",
        "python-transform",
        "rust-sink",
        "rust-source",
        "rust-transform",
        "typescript-transform",
    ],
)];
const LIMIT: Duration = Duration::from_secs(120);
/// Held by the test that runs: what one has compiled, the other takes from the cache.
static TURN: Mutex<()> = Mutex::new(());

fn folder(contract: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("contract-{contract}"))
}

/// Leaves the component of one fixture in a folder.
fn unpack(contract: &str, name: &str, plugins: &Path) -> PathBuf {
    let packed = File::open(folder(contract).join(name).join("component.wasm.lz")).unwrap();
    let component = plugins.join(format!("{name}.wasm"));
    io::copy(&mut LzipReader::new(packed), &mut File::create(&component).unwrap()).unwrap();
    component
}

/// `rust-source` is `com.example.RustSource`.
fn class(name: &str) -> String {
    let words = name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    format!("com.example.{}", words.collect::<String>())
}

/// The contract suite, and the cases of the project: what goes in and what has to come out.
#[test]
fn components_of_released_contracts_pass_the_suite_and_their_cases() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let plugins = tempfile::tempdir().unwrap();
    for (contract, names) in CONTRACTS {
        let mut kept: Vec<String> =
            fs::read_dir(folder(contract)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        kept.sort();
        assert_eq!(kept, names);
        for name in names {
            let component = unpack(contract, name, plugins.path());
            let mut test = Command::new(binary());
            test.arg("test").arg(component).arg("--cases").arg(folder(contract).join(name).join("cases.json"));
            let output = test.stdin(Stdio::null()).output().unwrap();
            let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success() && told.contains(" checks passed"), "{name} of contract {contract}: {told}");
            assert!(told.contains(&format!("{}: the contract suite", class(name))), "{told}");
        }
    }
}

/// A source, transformations of every language, and a sink, all of the contract, are one pipeline in one worker.
#[test]
fn components_of_released_contracts_are_one_pipeline() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for (contract, names) in CONTRACTS {
        let folder = tempfile::tempdir().unwrap();
        let plugins = folder.path().join("plugins");
        fs::create_dir_all(&plugins).unwrap();
        for name in names {
            unpack(contract, name, &plugins);
        }
        let mut plan = Plan::on_local_log(folder.path()).unwrap();
        plan.set("plugin.path", &plugins.display().to_string());
        plan.set("offset.flush.interval.ms", "500");
        for end in ["key", "value"] {
            plan.set(&format!("{end}.converter.schemas.enable"), "false");
        }
        fs::write(folder.path().join("in.txt"), "ada\ngrace\n").unwrap();
        let out = folder.path().join("out.txt");
        let transforms = names.iter().filter(|name| name.ends_with("-transform"));
        plan.connector("source", &source(&folder.path().join("in.txt"), transforms));
        plan.connector("sink", &json!({"connector.class": class("c-sink"), "file": out, "topics": "lines"}));
        let worker = plan.start().unwrap();
        let last = "{\"line\":\"GRACE\"}\n";
        let made = until("both lines have come out", LIMIT, || {
            let made = fs::read_to_string(&out).unwrap_or_default();
            Ok(made.ends_with(last).then_some(made))
        });
        assert_eq!(made.unwrap(), format!("{{\"line\":\"ADA\"}}\n{last}"));
        worker.terminate().unwrap();
    }
}

/// The configuration of a source whose lines, as fields, go through all those transformations.
fn source<'a>(file: &Path, transforms: impl Iterator<Item = &'a &'a str>) -> Value {
    let mut config = json!({
        "connector.class": class("rust-source"), "file": file, "topic": "lines",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value", "transforms.hoist.field": "line",
    });
    let mut order = vec!["hoist"];
    for name in transforms {
        config[format!("transforms.{name}.type")] = class(name).into();
        config[format!("transforms.{name}.field")] = "line".into();
        order.push(name);
    }
    config["transforms"] = order.join(",").into();
    config
}
