//! A record's failure and how it reads.

use std::fmt::{self, Write};

/// Where on its way a record failed (Kafka: `org.apache.kafka.connect.runtime.errors.Stage`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A transformation or its predicate.
    Transformation,
    /// The key's converter.
    KeyConverter,
    /// The value's converter.
    ValueConverter,
    /// The headers' converter.
    HeaderConverter,
    /// Sending to the topic.
    KafkaProduce,
    /// A sink task reported it.
    TaskPut,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::KafkaProduce => "KAFKA_PRODUCE",
            Self::TaskPut => "TASK_PUT",
        })
    }
}

/// Why one record failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// The plugin class that was at work.
    pub class: String,
    /// The Java exception class that stands for the error.
    pub exception: String,
    /// What the plugin or the sandbox said.
    pub message: String,
    /// Whether doing it again may help (`RetriableException`).
    pub retriable: bool,
}

/// Which record failed, as far as the worker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// A consumed record.
    Consumed {
        /// Its topic, before any transformation.
        topic: &'a str,
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
        /// Milliseconds since the epoch.
        timestamp: Option<i64>,
    },
    /// A record of a source task: the poll it came with, counting from 0, and its number there.
    Polled {
        /// The poll.
        poll: u64,
        /// The record's number.
        record: u32,
    },
}

impl fmt::Display for Place<'_> {
    /// As `ProcessingContext.toString` has it; a source record has no coordinates of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consumed { topic, partition, offset, timestamp } => {
                write!(f, "where consumed record is {{topic='{topic}', partition={partition}, offset={offset}")?;
                if let Some(timestamp) = timestamp {
                    write!(f, ", timestamp={timestamp}")?;
                }
                f.write_char('}')
            }
            Self::Polled { poll, record } => write!(f, "where source record is number {record} of poll {poll}"),
        }
    }
}

impl Failure {
    /// `Executing stage '…' with class '…', where consumed record is {…}.`
    pub fn context(&self, place: Option<&Place<'_>>) -> String {
        let mut text = format!("Executing stage '{}' with class '{}'", self.stage, self.class);
        if let Some(place) = place {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {place}");
        }
        text.push('.');
        text
    }

    /// `<exception>: <message>`.
    pub fn cause(&self) -> String {
        format!("{}: {}", self.exception, self.message)
    }
}
