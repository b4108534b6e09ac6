//! Records on their way to and from a broker. All of them borrow.

/// A header; a `None` value is Kafka's null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name.
    pub key: &'a str,
    /// Its bytes.
    pub value: Option<&'a [u8]>,
}

/// A record to send (`ProducerRecord`).
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where to.
    pub topic: &'a str,
    /// Which partition; `None` lets the partitioner choose: by murmur2 of the key, as the Java producer does, else any.
    pub partition: Option<i32>,
    /// Milliseconds since the epoch; `None` is now.
    pub timestamp: Option<i64>,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [Header<'a>],
}

/// Where a record was stored (`RecordMetadata`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Its partition.
    pub partition: i32,
    /// Its offset; -1 if not known (a record of the local log's open transaction).
    pub offset: i64,
}

/// What a [`Fetched::timestamp`] means, numbered as Kafka and `record.cddl` do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TimestampType {
    /// No timestamp.
    None = 0,
    /// Given by the producer.
    CreateTime = 1,
    /// Given by the broker (`message.timestamp.type=LogAppendTime`).
    LogAppendTime = 2,
}

/// Headers of a fetched record, decoded as they are asked for.
pub trait Headers {
    /// How many.
    fn count(&self) -> usize;
    /// The header at this place, in order; `None` beyond the last.
    fn header(&self, index: usize) -> Option<Header<'_>>;
}

/// A record that was read (`ConsumerRecord`).
#[derive(Clone, Copy)]
pub struct Fetched<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// What the timestamp means.
    pub timestamp_type: TimestampType,
    /// Key bytes.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers; `None` if there are none.
    pub headers: Option<&'a dyn Headers>,
}
