//! The sink: `org.apache.kafka.connect.file.FileStreamSinkConnector`.

use std::collections::BTreeMap;
use std::io;

use caisson_sdk::data::java_text::push_java_text;
use caisson_sdk::fs::{File, PIECE, Place, write_stdout};
use caisson_sdk::{
    Access, Config, ConfigDef, ConfigKey, Error, Importance, KeyType, OffsetChange, PluginInfo, Records, SinkConnector,
    SinkContext, SinkTask, TopicPartitionOffset,
};

/// How much is gathered before it is written: the line that goes beyond it fits as well, as a rule.
const BUFFER: usize = PIECE - 4 * 1024;

fn config_def() -> ConfigDef {
    let file = "Destination filename. If not specified, the standard output will be used";
    ConfigDef::new().key(ConfigKey::new("file", KeyType::String, Importance::High, file).optional())
}

/// Writes records to a file, or to the standard output.
#[derive(Debug)]
pub struct FileStreamSink {
    config: BTreeMap<String, String>,
}

impl SinkConnector for FileStreamSink {
    type Task = FileStreamSinkTask;

    fn plugin() -> PluginInfo {
        let documentation = "Writes the value of each record as a line to a file, or to the standard output.";
        PluginInfo::new("org.apache.kafka.connect.file.FileStreamSinkConnector", documentation, config_def())
            .alias("FileStreamSink")
            .alias("FileStreamSinkConnector")
            .version("4.3.1")
            .task_class("org.apache.kafka.connect.file.FileStreamSinkTask")
            .resource("file", Access::FileWrite)
            .capability("stdout")
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        Ok((0..max_tasks).map(|_| self.config.clone()).collect())
    }

    fn alter_offsets(_config: &BTreeMap<String, String>, _offsets: &[OffsetChange]) -> Result<bool, Error> {
        // Offsets are the worker's alone, and any will do.
        Ok(true)
    }
}

enum Output {
    StandardOutput,
    File(String, File),
}

impl Output {
    /// The worker writes to a file while the task goes on; how that went is told by the next call, or by `end`.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::StandardOutput => write_stdout(bytes).map_err(|error| failed("standard output", &error)),
            Self::File(name, file) => file.begin_append(bytes).map_err(|error| failed(name, &error)),
        }
    }

    /// Waits until everything is written.
    fn end(&mut self) -> Result<(), Error> {
        match self {
            Self::StandardOutput => Ok(()),
            Self::File(name, file) => file.end_append().map_err(|error| failed(name, &error)),
        }
    }
}

fn failed(name: &str, error: &io::Error) -> Error {
    Error::connect(format!("cannot write {name}: {error}"))
}

/// Gathers lines and writes them when there are many, and when offsets are about to be committed.
pub struct FileStreamSinkTask {
    output: Output,
    lines: Vec<u8>,
}

impl SinkTask for FileStreamSinkTask {
    fn start(config: &Config, _context: SinkContext) -> Result<Self, Error> {
        let output = match config.optional_string("file")?.filter(|file| !file.is_empty()) {
            None => Output::StandardOutput,
            Some(name) => {
                let file = Place::of(name).and_then(|place| place.append()).map_err(|error| {
                    let text = format!("Couldn't find or create file '{name}' for FileStreamSinkTask: {error}");
                    Error::connect(text)
                })?;
                Output::File(name.to_owned(), file)
            }
        };
        Ok(Self { output, lines: Vec::new() })
    }

    fn put(&mut self, records: Records<'_>) -> Result<(), Error> {
        for value in records.values() {
            push_java_text(&mut self.lines, &value?.value)?;
            self.lines.push(b'\n');
            if self.lines.len() >= BUFFER {
                self.write()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, _offsets: &[TopicPartitionOffset]) -> Result<(), Error> {
        self.write()?;
        self.output.end()
    }

    fn stop(&mut self) -> Result<(), Error> {
        self.write()?;
        self.output.end()
    }
}

impl FileStreamSinkTask {
    fn write(&mut self) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.output.append(&self.lines)?;
        self.lines.clear();
        Ok(())
    }
}
