//! A compacted topic: what is written keeps its offset, and of records with one key only the last is sure to stay.

use std::collections::BTreeSet;

/// Records this close to the end are not compacted, as in Kafka those of the segment that is written.
const ACTIVE: i64 = 40;

pub struct Record {
    pub offset: i64,
    pub key: String,
    pub value: Option<Vec<u8>>,
}

#[derive(Default)]
pub struct Topic {
    records: Vec<Record>,
    end: i64,
}

impl Topic {
    pub fn append(&mut self, key: String, value: Option<Vec<u8>>) {
        self.records.push(Record { offset: self.end, key, value });
        self.end += 1;
    }

    /// Offset of the next record.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// At most `count` records from an offset on.
    pub fn from(&self, offset: i64, count: usize) -> &[Record] {
        let start = self.records.partition_point(|record| record.offset < offset);
        &self.records[start..self.records.len().min(start.saturating_add(count))]
    }

    /// Forgets what later records have replaced.
    pub fn compact(&mut self) {
        let (mut later, active) = (BTreeSet::new(), self.end - ACTIVE);
        for index in (0..self.records.len()).rev() {
            let record = &self.records[index];
            let replaced = !later.insert(record.key.clone()) && record.offset < active;
            if replaced {
                // A key that is empty marks what goes.
                self.records[index].key.clear();
            }
        }
        self.records.retain(|record| !record.key.is_empty());
    }
}
