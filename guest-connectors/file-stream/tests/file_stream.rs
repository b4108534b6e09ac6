//! The file connectors, natively, through the suites that every connector has to pass and in what is theirs alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use caisson_file_stream::Plugins;
use caisson_file_stream::sink::FileStreamSink;
use caisson_file_stream::source::FileStreamSource;
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::testing::contract::{self, SinkCase, SourceCase};
use caisson_sdk::testing::driver::{Polled, Props, SinkDriver, SourceDriver};
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::{NativeSink, NativeSource};
use caisson_sdk::{
    Config, Datum, ExactlyOnceSupport, OffsetMap, Record, Schema, SourceConnector, TopicPartition, TopicPartitionOffset, Value,
};

/// A folder of the test's own, gone with it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn config(&self, name: &str) -> Props {
        let path = self.path(name).display().to_string();
        BTreeMap::from([("file".to_owned(), path), ("topic".to_owned(), "lines".to_owned())])
    }
}

fn append(path: &PathBuf, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

fn lines(polled: &Polled) -> Vec<String> {
    if polled.batch.is_empty() {
        return Vec::new();
    }
    with_records(&polled.batch, |record| record.value.value.as_str().unwrap().to_owned()).unwrap()
}

struct Reading {
    driver: NativeSource<FileStreamSource>,
    task: <NativeSource<FileStreamSource> as SourceDriver>::Task,
}

impl Reading {
    fn start(config: &Props) -> Self {
        host::reset();
        let mut driver = NativeSource::default();
        let task = driver.start(config).unwrap();
        Self { driver, task }
    }

    fn poll(&mut self) -> Vec<String> {
        lines(&self.driver.poll(&mut self.task).unwrap())
    }
}

#[test]
fn the_manifest_is_whole() {
    contract::manifest(Plugins::ENTRIES).unwrap();
}

#[test]
fn the_source_keeps_the_contract() {
    let folder = Folder::new();
    fs::write(folder.path("in"), "one\ntwo\r\nthree\r\n\nfünf\n six\u{2028}\nno end").unwrap();
    let mut case = SourceCase { config: folder.config("in"), records: 6 };
    contract::source(&mut NativeSource::<FileStreamSource>::default(), &case).unwrap();
    case.config.insert("batch.size".to_owned(), "1".to_owned());
    contract::source(&mut NativeSource::<FileStreamSource>::default(), &case).unwrap();
}

#[test]
fn the_sink_keeps_the_contract() {
    let folder = Folder::new();
    let path = folder.path("out");
    let mut stored = || fs::read_to_string(&path).map_or(0, |text| text.lines().count());
    let case = SinkCase { config: folder.config("out"), stored: &mut stored };
    contract::sink(&mut NativeSink::<FileStreamSink>::default(), case).unwrap();
}

#[test]
fn a_line_waits_for_its_end() {
    let folder = Folder::new();
    let path = folder.path("in");
    let mut reading = Reading::start(&folder.config("in"));
    assert_eq!(reading.poll(), [""; 0], "there is no file yet");
    append(&path, b"par");
    assert_eq!(reading.poll(), [""; 0]);
    append(&path, b"tial\r");
    assert_eq!(reading.poll(), [""; 0], "the next byte may be a line feed");
    append(&path, b"\nnext\n");
    assert_eq!(reading.poll(), ["partial", "next"]);
}

#[test]
fn records_are_those_of_kafka() {
    let folder = Folder::new();
    append(&folder.path("in"), b"a\nbad \xff\xfe byte\n");
    let mut reading = Reading::start(&folder.config("in"));
    let polled = reading.driver.poll(&mut reading.task).unwrap();
    let seen = with_records(&polled.batch, |record| {
        assert_eq!(record.topic, "lines");
        assert_eq!((record.partition, record.key.value, record.headers.len()), (None, Value::Null, 0));
        assert_eq!(record.value.schema, Some(Schema::string()));
        assert!(record.timestamp.unwrap() > 1_600_000_000_000);
        record.value.value.as_str().unwrap().to_owned()
    });
    assert_eq!(seen.unwrap(), ["a", "bad \u{fffd}\u{fffd} byte"]);
}

#[test]
fn a_truncated_file_is_read_from_its_start() {
    let folder = Folder::new();
    let path = folder.path("in");
    append(&path, b"one\ntwo\nthr");
    let mut reading = Reading::start(&folder.config("in"));
    assert_eq!(reading.poll(), ["one", "two"]);
    fs::write(&path, "new\n").unwrap();
    assert_eq!(reading.poll(), [""; 0], "the end is seen first");
    assert_eq!(reading.poll(), ["new"]);
}

#[test]
fn a_rotated_file_is_read_to_its_end_and_then_the_new_one() {
    let folder = Folder::new();
    let path = folder.path("in");
    append(&path, b"one\n");
    let mut reading = Reading::start(&folder.config("in"));
    assert_eq!(reading.poll(), ["one"]);
    append(&path, b"two\nlast");
    fs::rename(&path, folder.path("in.1")).unwrap();
    append(&path, b"new\n");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.extend(reading.poll());
    }
    assert_eq!(seen, ["two", "last", "new"], "no line of the old file is lost");
}

#[test]
fn a_file_at_rest_is_watched_all_the_same() {
    let folder = Folder::new();
    let path = folder.path("in");
    append(&path, b"one\n");
    let mut reading = Reading::start(&folder.config("in"));
    assert_eq!(reading.poll(), ["one"]);
    for _ in 0..15 {
        assert_eq!(reading.poll(), [""; 0]);
    }
    append(&path, b"two\n");
    assert_eq!(reading.poll(), ["two"], "that it has grown is seen at once");
    assert_eq!(reading.poll(), [""; 0]);
    fs::rename(&path, folder.path("in.1")).unwrap();
    append(&path, b"six\nten\n");
    let seen: Vec<String> = (0..12).flat_map(|_| reading.poll()).collect();
    assert_eq!(seen, ["six", "ten"], "another file of the same size is seen after ten looks");
    assert_eq!(reading.poll(), [""; 0]);
    fs::write(&path, "x\n").unwrap();
    let seen: Vec<String> = (0..3).flat_map(|_| reading.poll()).collect();
    assert_eq!(seen, ["x"], "that it was truncated is seen at once");
}

#[test]
fn a_line_longer_than_a_chunk_is_whole() {
    let folder = Folder::new();
    let long = "x".repeat(1_000_000);
    append(&folder.path("in"), format!("{long}\nshort\n").as_bytes());
    let mut reading = Reading::start(&folder.config("in"));
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(reading.poll());
    }
    assert_eq!(seen, [long.as_str(), "short"]);
}

#[test]
fn a_stored_offset_of_another_type_is_refused() {
    let folder = Folder::new();
    append(&folder.path("in"), b"a\n");
    let mut reading = Reading::start(&folder.config("in"));
    let path = folder.path("in").display().to_string();
    host::store_offset(&[("filename", Value::from(path.as_str()))], &[("position", Value::from("1"))]).unwrap();
    let error = reading.driver.poll(&mut reading.task).unwrap_err();
    assert_eq!(error.message(), "Offset position is the incorrect type");
}

#[test]
fn offsets_are_checked_as_kafka_does() {
    let map = |name: &str, value: Value<'static>| -> Option<OffsetMap> { Some(vec![(name.to_owned(), value)]) };
    let folder = Folder::new();
    let config = folder.config("in");
    let check = |partition, offset| FileStreamSource::alter_offsets(&config, &[(partition, offset)]).map_err(|e| e.to_string());
    let file = || map("filename", Value::from("x"));
    assert_eq!(check(file(), map("position", Value::Int64(3))), Ok(true));
    assert_eq!(check(map("garbage", Value::Null), None), Ok(true));
    let refused = [
        (file(), map("other", Value::Int64(3)), "Offset objects should either be null or contain the key 'position'"),
        (
            file(),
            map("position", Value::from("3")),
            "The value for the 'position' key in the offset is expected to be a Long value",
        ),
        (
            file(),
            map("position", Value::Int64(-1)),
            "The value for the 'position' key in the offset should be a non-negative value",
        ),
        (None, map("position", Value::Int64(1)), "Partition objects cannot be null"),
        (map("x", Value::Null), map("position", Value::Int64(1)), "Partition objects should contain the key 'filename'"),
    ];
    for (partition, offset, message) in refused {
        assert_eq!(check(partition, offset), Err(message.to_owned()));
    }
    let without_file = BTreeMap::from([("topic".to_owned(), "t".to_owned())]);
    assert!(FileStreamSource::alter_offsets(&without_file, &[]).is_err());
    let support = |config| FileStreamSource::exactly_once_support(config).unwrap();
    assert_eq!(support(&config), Some(ExactlyOnceSupport::Supported));
    assert_eq!(support(&without_file), Some(ExactlyOnceSupport::Unsupported));
}

#[test]
fn task_configurations_are_those_of_kafka() {
    let config = BTreeMap::from([("name".to_owned(), "n".to_owned()), ("topic".to_owned(), "t".to_owned())]);
    assert_eq!(NativeSource::<FileStreamSource>::default().task_configs(&config, 3).unwrap(), std::slice::from_ref(&config));
    let configs = NativeSink::<FileStreamSink>::default().task_configs(&config, 3).unwrap();
    assert_eq!(configs, [config.clone(), config.clone(), config]);
    let parsed: Result<Config, _> = FileStreamSource::plugin().config().parse([("name", "n")]);
    assert_eq!(parsed.unwrap_err().message(), "Missing required configuration \"topic\" which has no default value.");
    let parsed = FileStreamSource::plugin().config().parse([("topic", "t"), ("batch.size", "abc")]);
    assert_eq!(parsed.unwrap_err().message(), "Invalid value abc for configuration batch.size: Not a number of type INT");
}

#[test]
fn the_sink_writes_before_offsets_are_safe() {
    let folder = Folder::new();
    let mut driver = NativeSink::<FileStreamSink>::default();
    let mut task = driver.start(&folder.config("out")).unwrap();
    let map = Value::Map(vec![(Value::from("k"), Value::Array(vec![Value::Int64(1), Value::Float64(1e10)]))]);
    let records = [
        Record::new("t").with_value(Datum::schemaless(map)),
        Record::new("t").with_value(Datum::NULL),
        Record::new("t").with_value(Datum::new(Schema::string(), "text")),
    ];
    driver.put(&mut task, &encode_batch(&records).unwrap()).unwrap();
    let partition = TopicPartition { topic: "t".to_owned(), partition: 0 };
    driver.pre_commit(&mut task, vec![TopicPartitionOffset { partition, offset: 3 }]).unwrap();
    assert_eq!(fs::read_to_string(folder.path("out")).unwrap(), "{k=[1, 1.0E10]}\nnull\ntext\n");
}
