//! A record's failure and how it reads.

use std::fmt::{self, Write};

use crate::record::consumed::Original;

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

impl Stage {
    /// Its name in traces, log lines and headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::KafkaProduce => "KAFKA_PRODUCE",
            Self::TaskPut => "TASK_PUT",
        }
    }
}

/// Why one record failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// The class that was at work.
    pub class: String,
    /// The Java exception class that stands for the error.
    pub exception: String,
    /// What the plugin or the sandbox said; empty: nothing, Java's null.
    pub message: String,
    /// The plugin's stack if it crashed, one frame a line as Java prints them; empty when there is none.
    pub frames: String,
    /// Whether doing it again may help (`RetriableException`).
    pub retriable: bool,
}

/// Which record failed, as far as the worker knows.
#[derive(Debug, Clone)]
pub enum Place<'a> {
    /// A consumed record.
    Consumed(Original<'a>),
    /// A record of a source task: its source partition and offset, as Java prints maps.
    Polled {
        /// The source partition.
        partition: String,
        /// The source offset.
        offset: String,
    },
}

impl fmt::Display for Place<'_> {
    /// As `ProcessingContext.toString` has it. Of a source record, what the host knows: its key and value are the plugins'.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consumed(Original { record, .. }) => {
                write!(f, "where consumed record is {{topic='{}', partition={}", record.topic, record.partition)?;
                write!(f, ", offset={}", record.offset)?;
                let kind = match record.timestamp_type {
                    1 => "CreateTime",
                    2 => "LogAppendTime",
                    _ => return f.write_char('}'),
                };
                write!(f, ", timestamp={}, timestampType={kind}}}", record.timestamp.unwrap_or(-1))
            }
            Self::Polled { partition, offset } => {
                write!(f, "where source record is = SourceRecord{{sourcePartition={partition}, sourceOffset={offset}}}")
            }
        }
    }
}

impl Failure {
    /// `Executing stage '…' with class '…', where consumed record is {…}.`
    pub fn context(&self, place: Option<&Place<'_>>) -> String {
        let mut text = format!("Executing stage '{}' with class '{}'", self.stage.name(), self.class);
        if let Some(place) = place {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {place}");
        }
        text.push('.');
        text
    }

    /// What Java's `Throwable.printStackTrace` begins with, and below it the frames of the sandbox: without an end of line.
    pub fn stack_trace(&self) -> String {
        let mut text = self.exception.clone();
        if !self.message.is_empty() {
            text.push_str(": ");
            text.push_str(&self.message);
        }
        if !self.frames.is_empty() {
            text.push('\n');
            text.push_str(&self.frames);
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "\n\tat {} ({})", self.class, self.stage.name());
        text
    }
}
