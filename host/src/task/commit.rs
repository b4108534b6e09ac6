//! Which offsets a sink task has consumed and may commit (Kafka: `WorkerSinkTask.commitOffsets`). Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::topic::TopicPartition;

/// Offsets of the next record to consume, by partition.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// The offsets of a sink task's partitions.
#[derive(Debug, Default)]
pub struct SinkOffsets {
    /// Behind the last record that was put.
    current: Offsets,
    /// As the group has them.
    committed: Offsets,
}

impl SinkOffsets {
    /// A partition was assigned; the consumer stands at `position`.
    pub fn assign(&mut self, partition: TopicPartition, position: i64) {
        self.committed.insert(partition.clone(), position);
        self.current.insert(partition, position);
    }

    /// Partitions were given up.
    pub fn remove(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.current.remove(partition);
            self.committed.remove(partition);
        }
    }

    /// A batch was put that ends at these offsets.
    pub fn put(&mut self, ends: Offsets) {
        self.current.extend(ends);
    }

    /// The task asked to go to this offset: what follows it is consumed again, and nothing is committed until it has been.
    pub fn rewound(&mut self, partition: &TopicPartition, offset: i64) {
        for known in [&mut self.current, &mut self.committed] {
            if let Some(known) = known.get_mut(partition) {
                *known = offset;
            }
        }
    }

    /// What preCommit is given: the offsets of these partitions, or of all.
    pub fn offered(&self, among: Option<&[TopicPartition]>) -> Offsets {
        match among {
            None => self.current.clone(),
            Some(partitions) => partitions.iter().filter_map(|one| self.current.get_key_value(one)).map(clone).collect(),
        }
    }

    /// What to commit after the task answered `answer` to `offered`. None: nothing new.
    ///
    /// A partition that was not offered, and an offset beyond what was consumed, are ignored with a warning; partitions that
    /// were not answered keep what they have.
    // I13: a sink commits no offset beyond the last record that was put.
    pub fn committable(
        &self,
        offered: &Offsets,
        answer: &[(TopicPartition, i64)],
        assigned: &BTreeSet<TopicPartition>,
    ) -> Option<Offsets> {
        if answer.is_empty() {
            return None;
        }
        let known = self.committed.iter().filter(|(partition, _)| offered.contains_key(*partition));
        let before: Offsets = known.map(clone).collect();
        let mut committable = before.clone();
        for (partition, offset) in answer {
            match offered.get(partition) {
                Some(current) if offset <= current => {
                    committable.insert(partition.clone(), *offset);
                }
                Some(current) => tracing::warn!(
                    "Ignoring invalid task provided offset {partition}/{offset} -- not yet consumed, taskOffset={offset}, currentOffset={current}"
                ),
                None if !assigned.contains(partition) => {
                    tracing::warn!("Ignoring invalid task provided offset {partition}/{offset} -- partition not assigned")
                }
                None => tracing::debug!("Ignoring task provided offset {partition}/{offset} -- partition not requested"),
            }
        }
        (committable != before).then_some(committable)
    }

    /// These offsets were committed.
    pub fn committed(&mut self, offsets: Offsets) {
        for (partition, offset) in offsets {
            if let Some(known) = self.committed.get_mut(&partition) {
                *known = offset;
            }
        }
    }

    /// preCommit failed: everything since the last commit is consumed again. Returns where to.
    pub fn rewind(&mut self) -> Offsets {
        self.current.clone_from(&self.committed);
        self.committed.clone()
    }
}

fn clone((partition, offset): (&TopicPartition, &i64)) -> (TopicPartition, i64) {
    (partition.clone(), *offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tp(partition: i32) -> TopicPartition {
        TopicPartition::new("t", partition)
    }

    fn offsets() -> SinkOffsets {
        let mut offsets = SinkOffsets::default();
        offsets.assign(tp(0), 5);
        offsets.assign(tp(1), 7);
        offsets.put(Offsets::from([(tp(0), 10), (tp(1), 9)]));
        offsets
    }

    fn committable(answer: &[(TopicPartition, i64)]) -> Option<Offsets> {
        let offsets = offsets();
        offsets.committable(&offsets.offered(None), answer, &BTreeSet::from([tp(0), tp(1)]))
    }

    #[test]
    fn what_was_put_is_committed() {
        let answer = [(tp(0), 10), (tp(1), 9)];
        assert_eq!(committable(&answer), Some(Offsets::from(answer)));
    }

    #[test]
    fn offsets_not_consumed_or_not_assigned_are_ignored() {
        let answer = [(tp(0), 11), (tp(1), 8), (tp(2), 1)];
        assert_eq!(committable(&answer), Some(Offsets::from([(tp(0), 5), (tp(1), 8)])));
    }

    #[test]
    fn partitions_not_answered_keep_what_they_have() {
        assert_eq!(committable(&[(tp(0), 6)]), Some(Offsets::from([(tp(0), 6), (tp(1), 7)])));
    }

    #[test]
    fn nothing_new_is_nothing_to_commit() {
        assert_eq!(committable(&[]), None);
        assert_eq!(committable(&[(tp(0), 5), (tp(1), 7)]), None);
    }

    #[test]
    fn after_a_failed_pre_commit_consumption_goes_back() {
        let mut offsets = offsets();
        offsets.committed(Offsets::from([(tp(0), 6), (tp(3), 1)]));
        assert_eq!(offsets.rewind(), Offsets::from([(tp(0), 6), (tp(1), 7)]));
        assert_eq!(offsets.offered(Some(&[tp(1)])), Offsets::from([(tp(1), 7)]));
    }
}
