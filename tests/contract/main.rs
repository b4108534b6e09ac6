//! The suites that the SDK runs plugins through natively, run over the same plugins as components in the sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod sandboxed;

use std::collections::BTreeMap;
use std::fs;

use caisson_sdk::run::chain::{PredicateSpec, StageSpec};
use caisson_sdk::testing::contract::{self, SinkCase, SourceCase};
use caisson_sdk::testing::driver::Props;
use sandboxed::{FILE_STREAM, Sandboxed, WASI_FILE_STREAM};

const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

fn config(file: &std::path::Path, more: &[(&str, &str)]) -> Props {
    let mut config: Props = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    config.insert("file".to_owned(), file.display().to_string());
    config
}

#[test]
fn the_file_source_keeps_the_contract() {
    source_keeps_the_contract(FILE_STREAM);
}

#[test]
fn the_file_source_built_for_wasi_keeps_the_contract() {
    source_keeps_the_contract(WASI_FILE_STREAM);
}

fn source_keeps_the_contract(component: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in");
    fs::write(&file, "one\ntwo\r\nthree\rfour\n\nfünf\nno end").unwrap();
    let case = SourceCase { config: config(&file, &[("topic", "lines"), ("batch.size", "2")]), records: 6 };
    contract::source(&mut Sandboxed::source(component, SOURCE), &case).unwrap();
}

#[test]
fn the_file_sink_keeps_the_contract() {
    sink_keeps_the_contract(FILE_STREAM);
}

#[test]
fn the_file_sink_built_for_wasi_keeps_the_contract() {
    sink_keeps_the_contract(WASI_FILE_STREAM);
}

fn sink_keeps_the_contract(component: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out");
    let mut stored = || fs::read_to_string(&file).map_or(0, |text| text.lines().count());
    let case = SinkCase { config: config(&file, &[]), stored: &mut stored };
    contract::sink(&mut Sandboxed::sink(component, SINK), case).unwrap();
}

fn stage(kind: &str, class: &str, role: &str, config: &[(&str, &str)]) -> StageSpec {
    let mut config: Vec<_> = config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if !role.is_empty() {
        // As the worker tells every converter what it converts.
        config.push(("converter.type".to_owned(), role.to_owned()));
    }
    let config = config.into_iter().collect();
    let (kind, class, role) = (kind.to_owned(), format!("org.apache.kafka.connect.{class}"), role.to_owned());
    StageSpec { kind, class, role, config, predicate: None }
}

#[test]
fn the_stages_keep_the_contract() {
    let mut filter = stage("transform", "transforms.Filter", "", &[]);
    filter.predicate = Some(PredicateSpec {
        class: "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone".to_owned(),
        ..PredicateSpec::default()
    });
    let chains = [
        vec![filter.clone()],
        vec![stage("transform", "transforms.HoistField$Value", "", &[("field", "line")])],
        vec![
            filter,
            stage("transform", "transforms.HoistField$Key", "", &[("field", "k")]),
            stage("transform", "transforms.InsertField$Value", "", &[("static.field", "by"), ("static.value", "x")]),
            stage("from-connect", "json.JsonConverter", "key", &[]),
            stage("from-connect", "json.JsonConverter", "value", &[("schemas.enable", "true")]),
        ],
        vec![stage("to-connect", "json.JsonConverter", "value", &[("schemas.enable", "false")])],
    ];
    for chain in chains {
        let classes: Vec<_> = chain.iter().map(|stage| stage.class.clone()).collect();
        contract::stages(&mut Sandboxed::stages(), &chain).unwrap_or_else(|violation| panic!("{classes:?}: {violation}"));
    }
}

#[test]
fn a_component_of_file_connectors_exports_no_more_than_they_need() {
    let exports = Sandboxed::exports(FILE_STREAM);
    let expected: BTreeMap<&str, bool> = BTreeMap::from([
        ("manifest", true),
        ("source-connector", true),
        ("source-task", true),
        ("sink-connector", true),
        ("sink-task", true),
        ("stages", false),
    ]);
    for (interface, is_there) in expected {
        let name = format!("caisson:connect/{interface}@");
        assert_eq!(exports.iter().any(|export| export.starts_with(&name)), is_there, "{interface} in {exports:?}");
    }
}
