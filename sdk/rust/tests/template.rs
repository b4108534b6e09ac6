//! The templates are plugins like any other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../template/transform/src/lib.rs"]
mod template;

#[path = "../template/source/src/lib.rs"]
mod source_template;

#[path = "../template/sink/src/lib.rs"]
mod sink_template;

use std::collections::BTreeMap;

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::StageSpec;
use caisson_sdk::run::registry::Registry;
use caisson_sdk::testing::contract::{self, SinkCase, SourceCase};
use caisson_sdk::testing::driver::StagesDriver;
use caisson_sdk::testing::native::{NativeSink, NativeSource, NativeStages};
use caisson_sdk::{Datum, Record, Value};
use template::Plugins;

fn upper_case(field: &str) -> StageSpec {
    StageSpec {
        kind: "transform".to_owned(),
        class: "com.example.MyPlugin".to_owned(),
        config: vec![("field".to_owned(), field.to_owned())],
        ..StageSpec::default()
    }
}

#[test]
fn it_keeps_the_contract() {
    contract::manifest(Plugins::ENTRIES).unwrap();
    contract::stages(&mut NativeStages(Plugins::ENTRIES), &[upper_case("name"), upper_case("other")]).unwrap();
}

#[test]
fn it_writes_one_field_in_capitals() {
    let mut stages = NativeStages(Plugins::ENTRIES);
    let mut chain = stages.open(&[upper_case("name")]).unwrap();
    let map = |name: &str| Value::Map(vec![("name".into(), name.to_owned().into()), ("like".into(), "ada".into())]);
    let batch = encode_batch(&[Record::new("t").with_value(Datum::schemaless(map("ada")))]).unwrap();
    let outcome = stages.apply(&mut chain, &batch).unwrap();
    with_records(&outcome.batch, |record| assert_eq!(record.value.value, map("ADA"))).unwrap();
}

#[test]
fn a_stage_that_is_misconfigured_is_named() {
    let error = NativeStages(Plugins::ENTRIES).open(&[upper_case("name"), upper_case("")]).err().unwrap();
    assert_eq!(error.message(), "Invalid value  for configuration field: String must be non-empty");
    assert_eq!(error.options(), [("stage".to_owned(), "1".to_owned())]);
}

/// A file of this process alone.
fn file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("caisson-template-{name}-{}", std::process::id()))
}

#[test]
fn the_source_keeps_the_contract() {
    let file = file("source");
    std::fs::write(&file, "one\ntwo\nthree\nno end").unwrap();
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let config =
        BTreeMap::from([setting("file", &file.display().to_string()), setting("topic", "lines"), setting("batch.size", "2")]);
    let case = SourceCase { config, records: 3 };
    let kept = contract::source(&mut NativeSource::<source_template::MyPlugin>::default(), &case);
    std::fs::remove_file(&file).unwrap();
    kept.unwrap();
}

#[test]
fn the_sink_keeps_the_contract() {
    let file = file("sink");
    let config = BTreeMap::from([("file".to_owned(), file.display().to_string())]);
    let mut stored = || std::fs::read_to_string(&file).map_or(0, |text| text.lines().count());
    let case = SinkCase { config, stored: &mut stored };
    let kept = contract::sink(&mut NativeSink::<sink_template::MyPlugin>::default(), case);
    std::fs::remove_file(&file).unwrap();
    kept.unwrap();
}
