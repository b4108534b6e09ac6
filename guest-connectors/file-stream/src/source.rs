//! The source: `org.apache.kafka.connect.file.FileStreamSourceConnector`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use caisson_sdk::fs::{File, Identity, PIECE, Place, read_stdin};
use caisson_sdk::{
    Access, Config, ConfigDef, ConfigKey, Datum, Error, ExactlyOnceSupport, Importance, KeyType, OffsetChange, OffsetMap,
    PluginInfo, Record, Schema, SourceBatch, SourceConnector, SourceContext, SourcePartition, SourceTask, Validator, Value,
    clock, log,
};

use crate::lines::{Line, Lines};

/// Key of a source partition.
const FILENAME: &str = "filename";
/// Key of a source offset: how many bytes of the file have been taken.
const POSITION: &str = "position";
const LOG: &str = "org.apache.kafka.connect.file.FileStreamSourceTask";
/// How much of a file that has no size, as those of /proc.
const CHUNK_OF_UNKNOWN: usize = 4 * 1024;
/// How long to wait for a file to be made, as Kafka's task does.
const NO_FILE_WAIT: Duration = Duration::from_millis(1000);
/// How long to wait for more of a file: a tenth of the time for which nothing has come, within these. Kafka's task waits a second;
/// a look at a file costs little, but a worker may look at a thousand.
const NO_DATA_WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(1000));
/// So many looks in a row are glances: they see only whether the path names a file of another size.
const GLANCES: u32 = 9;

fn config_def() -> ConfigDef {
    let file = "Source filename. If not specified, the standard input will be used";
    let size = "The maximum number of records the source task can read from the file each time it is polled";
    ConfigDef::new()
        .key(ConfigKey::new("file", KeyType::String, Importance::High, file).optional())
        .key(
            ConfigKey::new("topic", KeyType::String, Importance::High, "The topic to publish data to")
                .validator(Validator::NonEmpty),
        )
        .key(ConfigKey::new("batch.size", KeyType::Int, Importance::Low, size).default("2000"))
}

fn parse(config: &BTreeMap<String, String>) -> Result<Config, Error> {
    config_def().parse(config.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The file of a configuration; none: the standard input.
fn file(config: &Config) -> Result<Option<&str>, Error> {
    Ok(config.optional_string("file")?.filter(|file| !file.is_empty()))
}

/// Reads the lines of a file, or of the standard input.
#[derive(Debug)]
pub struct FileStreamSource {
    config: BTreeMap<String, String>,
}

impl SourceConnector for FileStreamSource {
    type Task = FileStreamSourceTask;

    fn plugin() -> PluginInfo {
        let documentation = "Reads a file, or the standard input, line by line into a topic.";
        PluginInfo::new("org.apache.kafka.connect.file.FileStreamSourceConnector", documentation, config_def())
            .alias("FileStreamSource")
            .alias("FileStreamSourceConnector")
            .version("4.3.1")
            .task_class("org.apache.kafka.connect.file.FileStreamSourceTask")
            .resource("file", Access::FileRead)
            .capability("clocks")
            .capability("stdin")
    }

    fn start(config: &Config) -> Result<Self, Error> {
        let name = file(config)?.unwrap_or("standard input");
        log::info(LOG, &format!("Starting file source connector reading from {name}"));
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, _max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        // Only one input stream makes sense.
        Ok(vec![self.config.clone()])
    }

    fn alter_offsets(config: &BTreeMap<String, String>, offsets: &[OffsetChange]) -> Result<bool, Error> {
        if file(&parse(config)?)?.is_none() {
            return Err(Error::connect(
                "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
            ));
        }
        for (partition, offset) in offsets {
            check_change(partition.as_ref(), offset.as_ref()).map_err(Error::connect)?;
        }
        Ok(true)
    }

    fn exactly_once_support(config: &BTreeMap<String, String>) -> Result<Option<ExactlyOnceSupport>, Error> {
        // The position in a file that is only appended to is exact; of the standard input there is none.
        let supported = file(&parse(config)?)?.is_some();
        Ok(Some(if supported { ExactlyOnceSupport::Supported } else { ExactlyOnceSupport::Unsupported }))
    }
}

/// A partition may be forgotten whatever it holds, so that garbage can be cleaned up.
fn check_change(partition: Option<&OffsetMap>, offset: Option<&OffsetMap>) -> Result<(), String> {
    let Some(offset) = offset else { return Ok(()) };
    let Some((_, position)) = offset.iter().find(|(name, _)| name == POSITION) else {
        return Err(format!("Offset objects should either be null or contain the key '{POSITION}'"));
    };
    match position {
        Value::Int64(position) if *position >= 0 => {}
        Value::Int64(_) => {
            return Err(format!("The value for the '{POSITION}' key in the offset should be a non-negative value"));
        }
        _ => return Err(format!("The value for the '{POSITION}' key in the offset is expected to be a Long value")),
    }
    let Some(partition) = partition else { return Err("Partition objects cannot be null".to_owned()) };
    if !partition.iter().any(|(name, _)| name == FILENAME) {
        return Err(format!("Partition objects should contain the key '{FILENAME}'"));
    }
    Ok(())
}

/// Where the lines come from.
enum Input {
    /// Of the worker.
    Standard(Lines),
    /// Not opened yet, or not there.
    NoFile(String),
    File(OpenFile),
}

struct OpenFile {
    name: String,
    place: Place,
    file: File,
    identity: Identity,
    /// When it was last looked at: when all that was there then had been read.
    size: u64,
    lines: Lines,
}

/// Reads on from the stored position, and waits for a line's end before it gives the line. A file that becomes shorter than
/// the position was truncated, and is read from its start; so is another file that takes the place of one read to its end.
/// (Kafka's task sees neither, and goes silent.) The position counts bytes (Kafka's task counts characters).
pub struct FileStreamSourceTask {
    input: Input,
    topic: String,
    batch_size: usize,
    schema: Schema,
    /// In the batch under way.
    partition: Option<SourcePartition>,
    /// For how long nothing has come.
    idle: Duration,
    /// Glances since the last whole look.
    glances: u32,
    context: SourceContext,
}

impl SourceTask for FileStreamSourceTask {
    fn start(config: &Config, context: SourceContext) -> Result<Self, Error> {
        let input = match file(config)? {
            Some(file) => Input::NoFile(file.to_owned()),
            None => Input::Standard(Lines::default()),
        };
        // As in Kafka, where a batch is given once it has one line or more.
        let batch_size = usize::try_from(config.int("batch.size")?).unwrap_or(0).max(1);
        let topic = config.string("topic")?.to_owned();
        Ok(Self {
            input,
            topic,
            batch_size,
            schema: Schema::string(),
            partition: None,
            idle: Duration::ZERO,
            glances: 0,
            context,
        })
    }

    fn poll(&mut self, batch: &mut SourceBatch) -> Result<(), Error> {
        if self.sees_nothing_new() {
            self.wait(batch);
            return Ok(());
        }
        if !self.open()? {
            batch.wait(NO_FILE_WAIT);
            return Ok(());
        }
        let now = clock::now_millis();
        loop {
            self.take_lines(batch, now)?;
            if batch.len() >= self.batch_size || self.input.read()? == 0 {
                break;
            }
        }
        if !batch.is_empty() {
            self.idle = Duration::ZERO;
            return Ok(());
        }
        match self.input.next_start()? {
            None => self.wait(batch),
            Some(Start::SameFile) => self.start_again(None),
            Some(Start::OtherFile(fresh)) => {
                // The file read so far gets no more bytes: its last line needs no end.
                self.take_line(batch, now, Lines::rest)?;
                self.start_again(Some(fresh));
            }
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Error> {
        log::debug(LOG, "Stopping");
        if let Input::File(open) = &self.input {
            self.input = Input::NoFile(open.name.clone());
        }
        Ok(())
    }
}

impl FileStreamSourceTask {
    /// A glance, if nothing has come for a while and the last whole look is not long ago: the size has stayed.
    fn sees_nothing_new(&mut self) -> bool {
        let Input::File(open) = &self.input else { return false };
        if self.idle.is_zero() || self.glances >= GLANCES || open.place.size().ok() != Some(open.size) {
            self.glances = 0;
            return false;
        }
        self.glances += 1;
        true
    }

    /// Reads from the start, in that file or in the same; what is there is not to be glanced over.
    fn start_again(&mut self, fresh: Option<(File, Identity)>) {
        self.input.start_again(fresh);
        self.idle = Duration::ZERO;
    }

    /// Has the worker wait: the longer nothing has come, the longer.
    fn wait(&mut self, batch: &mut SourceBatch) {
        let wait = (self.idle / 10).clamp(NO_DATA_WAIT.0, NO_DATA_WAIT.1);
        self.idle = self.idle.saturating_add(wait);
        batch.wait(wait);
    }

    /// Opens the file at the stored position, if it is not open. False: there is none yet.
    fn open(&mut self) -> Result<bool, Error> {
        let Input::NoFile(name) = &self.input else { return Ok(true) };
        let place = Place::of(name).map_err(|error| cannot_open(name, &error))?;
        let file = match place.open() {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                log::warn(
                    LOG,
                    &format!("Couldn't find file {name} for FileStreamSourceTask, sleeping to wait for it to be created"),
                );
                return Ok(false);
            }
            Err(error) => return Err(cannot_open(name, &error)),
        };
        let position = self.stored_position(name)?;
        log::debug(LOG, &format!("Opened {name} for reading from position {position}"));
        let identity = file.identity().map_err(|error| cannot_open(name, &error))?;
        let lines = Lines::from(position);
        self.input = Input::File(OpenFile { name: name.clone(), place, file, identity, size: 0, lines });
        Ok(true)
    }

    fn stored_position(&self, name: &str) -> Result<u64, Error> {
        let offset = self.context.offset(&[(FILENAME, Value::from(name))])?.unwrap_or_default();
        match offset.iter().find(|(key, _)| key == POSITION) {
            None | Some((_, Value::Null)) => Ok(0),
            Some((_, Value::Int64(position))) => Ok(u64::try_from(*position).unwrap_or(0)),
            Some(_) => Err(Error::connect("Offset position is the incorrect type")),
        }
    }

    /// Gives the lines that have an end.
    fn take_lines(&mut self, batch: &mut SourceBatch, now: i64) -> Result<(), Error> {
        while batch.len() < self.batch_size && self.take_line(batch, now, Lines::next_line)? {}
        Ok(())
    }

    /// Gives the line that `next` finds. False: it finds none.
    fn take_line(
        &mut self,
        batch: &mut SourceBatch,
        now: i64,
        next: impl FnOnce(&mut Lines) -> Option<Line<'_>>,
    ) -> Result<bool, Error> {
        let (name, lines) = match &mut self.input {
            Input::Standard(lines) => (None, lines),
            Input::File(open) => (Some(open.name.as_str()), &mut open.lines),
            Input::NoFile(_) => return Ok(false),
        };
        let Some(line) = next(lines) else { return Ok(false) };
        // Of the standard input there is no position.
        let position = match name {
            Some(_) => Value::Int64(i64::try_from(line.end).unwrap_or(i64::MAX)),
            None => Value::Null,
        };
        let partition = match self.partition {
            Some(partition) if !batch.is_empty() => partition,
            _ => batch.partition(Some(&[(FILENAME, name.map_or(Value::Null, Value::from))]))?,
        };
        self.partition = Some(partition);
        let value = Datum::new(self.schema.clone(), Value::String(text(line.bytes)));
        let record = Record::new(self.topic.as_str()).with_value(value).with_timestamp(now);
        batch.push(record, partition, Some(&[(POSITION, position)]))?;
        Ok(true)
    }
}

/// Where reading starts again.
enum Start {
    /// At the start of the same file, which was truncated.
    SameFile,
    /// At the start of the file that took its place.
    OtherFile((File, Identity)),
}

impl Input {
    /// Reads a chunk more, and says how much came.
    fn read(&mut self) -> Result<usize, Error> {
        let (lines, chunk) = match self {
            Self::Standard(lines) => (lines, read_stdin(PIECE).map_err(|error| cannot_read("standard input", &error))?),
            Self::File(open) => {
                let chunk = open.read().map_err(|error| cannot_read(&open.name, &error))?;
                (&mut open.lines, Some(chunk))
            }
            Self::NoFile(_) => return Ok(0),
        };
        let chunk = chunk.unwrap_or_default();
        lines.push(&chunk);
        Ok(chunk.len())
    }

    /// At the end of the file: where to start again, if it was truncated or replaced.
    fn next_start(&self) -> Result<Option<Start>, Error> {
        let Self::File(open) = self else { return Ok(None) };
        let length = open.size;
        if length < open.lines.read_position() {
            let name = &open.name;
            log::warn(LOG, &format!("{name} has been truncated to {length} bytes, reading it from its start"));
            return Ok(Some(Start::SameFile));
        }
        match open.replaced() {
            Ok(None) => Ok(None),
            Ok(Some(fresh)) => {
                log::info(LOG, &format!("{} is another file now, reading it from its start", open.name));
                Ok(Some(Start::OtherFile(fresh)))
            }
            // Between a file and the one that takes its place there may be none.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot_read(&open.name, &error)),
        }
    }

    /// Starts again in that file, or in the same.
    fn start_again(&mut self, fresh: Option<(File, Identity)>) {
        let Self::File(open) = self else { return };
        if let Some((fresh, identity)) = fresh {
            (open.file, open.identity) = (fresh, identity);
        }
        open.lines = Lines::default();
    }
}

impl OpenFile {
    /// A chunk more. At the end of the file it is only looked whether there is more: most looks find that there is not.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let position = self.lines.read_position();
        if self.size <= position {
            self.size = self.file.size()?;
        }
        let ahead = self.size.saturating_sub(position);
        let chunk = match usize::try_from(ahead).unwrap_or(PIECE).min(PIECE) {
            0 if self.size == 0 => self.file.read_at(CHUNK_OF_UNKNOWN, position)?,
            0 => Vec::new(),
            length => self.file.read_at(length, position)?,
        };
        if chunk.is_empty() && ahead > 0 {
            // It was truncated since.
            self.size = self.file.size()?;
        }
        Ok(chunk)
    }

    /// The file that has taken this one's place.
    fn replaced(&self) -> io::Result<Option<(File, Identity)>> {
        if self.place.identity()? == self.identity {
            return Ok(None);
        }
        let file = self.place.open()?;
        let identity = file.identity()?;
        Ok(Some((file, identity)))
    }
}

/// Bytes that are no UTF-8 become U+FFFD, as Java's reader has it.
fn text(line: &[u8]) -> Cow<'_, str> {
    // The usual case first: the lossy conversion checks more slowly.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

fn cannot_open(name: &str, error: &io::Error) -> Error {
    Error::connect(format!("cannot open {name}: {error}"))
}

fn cannot_read(name: &str, error: &io::Error) -> Error {
    Error::connect(format!("cannot read {name}: {error}"))
}
