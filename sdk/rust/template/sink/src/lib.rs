//! A sink that appends a line for each record to a file.

use std::collections::BTreeMap;

use caisson_sdk::data::java_text::push_java_text;
use caisson_sdk::fs::{File, Place};
use caisson_sdk::{
    Access, Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Records, SinkConnector, SinkContext, SinkTask,
    TopicPartitionOffset, Validator,
};

/// The connector: every task appends to the same file.
pub struct MyPlugin {
    config: BTreeMap<String, String>,
}

impl SinkConnector for MyPlugin {
    type Task = LineTask;

    fn plugin() -> PluginInfo {
        let file = ConfigKey::new("file", KeyType::String, Importance::High, "The file to append to.");
        let config = ConfigDef::new().key(file.validator(Validator::NonEmpty));
        PluginInfo::new("com.example.MyPlugin", "Appends a line for each record to a file.", config)
            .resource("file", Access::FileWrite)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        Ok((0..max_tasks).map(|_| self.config.clone()).collect())
    }
}

/// Collects lines, and writes them when the worker wants to commit.
pub struct LineTask {
    path: String,
    file: File,
    lines: Vec<u8>,
}

impl SinkTask for LineTask {
    fn start(config: &Config, _context: SinkContext) -> Result<Self, Error> {
        let path = config.string("file")?.to_owned();
        let file = Place::of(&path).and_then(|place| place.append());
        let file = file.map_err(|error| Error::connect(format!("cannot write {path}: {error}")))?;
        Ok(Self { path, file, lines: Vec::new() })
    }

    fn put(&mut self, records: Records<'_>) -> Result<(), Error> {
        for value in records.values() {
            push_java_text(&mut self.lines, &value?.value)?;
            self.lines.push(b'\n');
        }
        Ok(())
    }

    fn flush(&mut self, _offsets: &[TopicPartitionOffset]) -> Result<(), Error> {
        // Offsets are committed when this returns: until then nothing may be lost.
        if !self.lines.is_empty() {
            let written = self.file.append_all(&self.lines);
            written.map_err(|error| Error::retriable(format!("cannot write {}: {error}", self.path)))?;
            self.lines.clear();
        }
        Ok(())
    }
}

caisson_sdk::export! {
    sinks: [MyPlugin],
}
