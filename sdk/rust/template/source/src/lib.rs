//! A source that reads the lines of a file, and goes on where it was after a restart.

use std::collections::BTreeMap;
use std::time::Duration;

use caisson_sdk::fs::{File, Place};
use caisson_sdk::{
    Access, Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SourceBatch,
    SourceConnector, SourceContext, SourceTask, Validator, Value,
};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// The connector: one task reads the file.
pub struct MyPlugin {
    config: BTreeMap<String, String>,
}

impl SourceConnector for MyPlugin {
    type Task = LineTask;

    fn plugin() -> PluginInfo {
        let file = ConfigKey::new("file", KeyType::String, Importance::High, "The file to read.");
        let topic = ConfigKey::new("topic", KeyType::String, Importance::High, "The topic that lines go to.");
        let size = ConfigKey::new("batch.size", KeyType::Int, Importance::Low, "The most lines of one poll.");
        let config = ConfigDef::new()
            .key(file.validator(Validator::NonEmpty))
            .key(topic.validator(Validator::NonEmpty))
            .key(size.default("1000").validator(Validator::Min(1.0)));
        PluginInfo::new("com.example.MyPlugin", "Reads the lines of a file.", config).resource("file", Access::FileRead)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, _max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        Ok(vec![self.config.clone()])
    }
}

/// Gives the lines that end in a line feed, with the byte behind each as its offset.
pub struct LineTask {
    path: String,
    topic: String,
    most: usize,
    file: File,
    /// The byte behind the last line given.
    position: u64,
}

impl SourceTask for LineTask {
    fn start(config: &Config, context: SourceContext) -> Result<Self, Error> {
        let path = config.string("file")?.to_owned();
        let file = Place::of(&path).and_then(|place| place.open());
        let file = file.map_err(|error| Error::connect(format!("cannot read {path}: {error}")))?;
        let stored = context.offset(&[("file", Value::from(path.as_str()))])?.unwrap_or_default();
        let position = match stored.iter().find(|(name, _)| name == "position") {
            Some((_, Value::Int64(position))) => u64::try_from(*position).unwrap_or_default(),
            _ => 0,
        };
        let most = usize::try_from(config.int("batch.size")?).unwrap_or(1);
        Ok(Self { path, topic: config.string("topic")?.to_owned(), most, file, position })
    }

    fn poll(&mut self, batch: &mut SourceBatch) -> Result<(), Error> {
        let bytes = self.file.read_at(CHUNK, self.position);
        let bytes = bytes.map_err(|error| Error::connect(format!("cannot read {}: {error}", self.path)))?;
        let partition = batch.partition(Some(&[("file", Value::from(self.path.as_str()))]))?;
        for line in bytes.split_inclusive(|byte| *byte == b'\n').take(self.most) {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            self.position += line.len() as u64;
            let value = Datum::new(Schema::string(), String::from_utf8_lossy(text).into_owned());
            let position = Value::Int64(i64::try_from(self.position).unwrap_or(i64::MAX));
            batch.push(Record::new(self.topic.as_str()).with_value(value), partition, Some(&[("position", position)]))?;
        }
        if batch.is_empty() {
            // The worker waits, not the task: a stop ends the wait at once.
            batch.wait(Duration::from_millis(500));
        }
        Ok(())
    }
}

caisson_sdk::export! {
    sources: [MyPlugin],
}
