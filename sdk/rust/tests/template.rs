//! The template is a plugin like any other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../template/src/lib.rs"]
mod template;

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::StageSpec;
use caisson_sdk::run::registry::Registry;
use caisson_sdk::testing::contract;
use caisson_sdk::testing::driver::StagesDriver;
use caisson_sdk::testing::native::NativeStages;
use caisson_sdk::{Datum, Record, Value};
use template::Plugins;

fn upper_case(field: &str) -> StageSpec {
    StageSpec {
        kind: "transform".to_owned(),
        class: "com.example.UpperCase".to_owned(),
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
