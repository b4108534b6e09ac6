//! A sink that writes down how the worker calls it, one line a call, and misbehaves as `misbehave` says:
//! `retriable` fails the first two puts that have records, `ahead` answers preCommit with offsets nobody consumed,
//! `errant` reports the records whose text begins with it, and fails if the worker does not bear that; `errant-bear` goes on all the same;
//! `refuse-commit` fails the first preCommit, `pause` pauses its partitions at the first put and resumes them at the next empty one.

use std::collections::BTreeMap;
use std::time::Duration;

use caisson_sdk::fs::{File, Place};
use caisson_sdk::{
    Access, Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Records, SinkConnector, SinkContext,
    SinkTask, TopicPartition, TopicPartitionOffset,
};

struct Witness {
    config: BTreeMap<String, String>,
}

struct WitnessTask {
    file: File,
    context: SinkContext,
    misbehave: String,
    puts: u32,
    commits: u32,
}

impl SinkConnector for Witness {
    type Task = WitnessTask;

    fn plugin() -> PluginInfo {
        let config = ConfigDef::new()
            .key(ConfigKey::new("file", KeyType::String, Importance::High, "Where calls are written down"))
            .key(ConfigKey::new("misbehave", KeyType::String, Importance::Low, "How it misbehaves").default(""));
        PluginInfo::new("caisson.probe.Witness", "Writes down how it is called.", config).resource("file", Access::FileWrite)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    /// The file of task n ends in `.n`.
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let task = |number: u32| {
            let mut config = self.config.clone();
            config.entry("file".to_owned()).and_modify(|file| file.push_str(&format!(".{number}")));
            config
        };
        Ok((0..max_tasks).map(task).collect())
    }
}

impl SinkTask for WitnessTask {
    fn start(config: &Config, context: SinkContext) -> Result<Self, Error> {
        let name = config.string("file")?;
        let file = Place::of(name).and_then(|place| place.append());
        let file = file.map_err(|error| Error::connect(format!("cannot open {name}: {error}")))?;
        let mut task = Self { file, context, misbehave: config.string("misbehave")?.to_owned(), puts: 0, commits: 0 };
        task.note("start")?;
        Ok(task)
    }

    fn open(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        self.note(&format!("open {}", names(partitions)))
    }

    fn put(&mut self, records: Records<'_>) -> Result<(), Error> {
        let mut places = Vec::new();
        for record in records {
            let record = record?;
            if self.misbehave.starts_with("errant") {
                self.report(&record)?;
            }
            let coordinates = record.coordinates;
            places.extend(coordinates.map(|at| format!("{}-{}@{}", at.topic, at.partition, at.offset)));
        }
        if places.is_empty() {
            if self.misbehave == "pause" && self.puts > 0 {
                self.context.resume(&self.context.assignment())?;
            }
            return Ok(());
        }
        self.puts += 1;
        self.note(&format!("put {}", places.join(" ")))?;
        if self.misbehave == "retriable" && self.puts <= 2 {
            self.context.timeout(Duration::from_millis(20));
            return Err(Error::retriable("not now"));
        }
        if self.misbehave == "pause" && self.puts == 1 {
            self.context.pause(&self.context.assignment())?;
        }
        Ok(())
    }

    fn pre_commit(&mut self, offsets: Vec<TopicPartitionOffset>) -> Result<Vec<TopicPartitionOffset>, Error> {
        self.commits += 1;
        let place = |one: &TopicPartitionOffset| format!("{}-{}@{}", one.partition.topic, one.partition.partition, one.offset);
        let places: Vec<String> = offsets.iter().map(place).collect();
        self.note(&format!("pre-commit {}", places.join(" ")))?;
        match self.misbehave.as_str() {
            "refuse-commit" if self.commits == 1 => Err(Error::connect("not this one")),
            "ahead" => {
                let ahead = offsets.into_iter().map(|one| TopicPartitionOffset { offset: one.offset + 1000, ..one });
                Ok(ahead.collect())
            }
            _ => Ok(offsets),
        }
    }

    fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        self.note(&format!("close {}", names(partitions)))
    }

    fn stop(&mut self) -> Result<(), Error> {
        self.note("stop")
    }
}

impl WitnessTask {
    fn report(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let value = record.value.value.clone().decoded()?;
        if !value.as_str().unwrap_or_default().starts_with("errant") {
            return Ok(());
        }
        let Some(reporter) = self.context.errant_record_reporter() else { return self.note("no reporter") };
        let reported = reporter.report(record.id, &Error::data("refused"));
        self.note(&format!("report {reported:?}"))?;
        if self.misbehave == "errant" { reported } else { Ok(()) }
    }

    fn note(&mut self, line: &str) -> Result<(), Error> {
        let written = self.file.append_all(format!("{line}\n").as_bytes());
        written.map_err(|error| Error::connect(format!("cannot write the notes: {error}")))
    }
}

fn names(partitions: &[TopicPartition]) -> String {
    let mut names: Vec<String> = partitions.iter().map(|one| format!("{}-{}", one.topic, one.partition)).collect();
    names.sort();
    names.join(" ")
}

caisson_sdk::export! {
    sinks: [Witness],
}
