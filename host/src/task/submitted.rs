//! Records on their way to the broker, and the source offsets that may be stored
//! (Kafka: `SubmittedRecords`). Pure: no clock, no I/O.

use std::collections::{HashMap, VecDeque};

/// Bits of a token that number a record within its source partition; those above number the partition.
const SEQUENCE_BITS: u32 = 40;
const SEQUENCE_MASK: u64 = (1 << SEQUENCE_BITS) - 1;

/// All records of one task that were sent and are not settled.
///
/// Offsets stay the byte spans that the plugin gave until they are asked for: settling a record allocates nothing.
#[derive(Debug, Default)]
pub struct Submitted {
    /// Source partitions by their bytes.
    known: HashMap<Box<[u8]>, u32>,
    partitions: Vec<Partition>,
    polls: VecDeque<Poll>,
    /// Number of the poll at the front of `polls`.
    first_poll: u64,
    /// Partitions with a `head` that is not yet copied.
    moved: Vec<u32>,
    in_flight: usize,
    in_flight_bytes: usize,
}

#[derive(Debug)]
struct Partition {
    key: Box<[u8]>,
    queue: VecDeque<Entry>,
    /// Sequence number of the entry at the front of the queue.
    first: u64,
    /// The last entry that left the queue since the heads were copied.
    head: Option<Entry>,
    /// The offset to store next.
    offset: Vec<u8>,
    dirty: bool,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    acked: bool,
    poll: u64,
    start: usize,
    end: usize,
    bytes: usize,
}

/// The origins of one poll, kept while records of it are in flight.
#[derive(Debug)]
struct Poll {
    origins: bytes::Bytes,
    left: usize,
}

/// A record that is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// The source partition, by [`Submitted::partition`].
    pub partition: u32,
    /// Where its offset begins in the poll's origins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Size of the record, for bounding what is in flight.
    pub bytes: usize,
}

/// A source partition and the offset to store for it, both CBOR `offset-map`s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committable {
    partition: u32,
    /// The source partition.
    pub key: Box<[u8]>,
    /// The offset.
    pub offset: Vec<u8>,
}

impl Submitted {
    /// The number of a source partition, given as the bytes of its `offset-map`.
    pub fn partition(&mut self, key: &[u8]) -> u32 {
        if let Some(number) = self.known.get(key) {
            return *number;
        }
        let number = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX);
        self.known.insert(key.into(), number);
        self.partitions.push(Partition {
            key: key.into(),
            queue: VecDeque::new(),
            first: 0,
            head: None,
            offset: Vec::new(),
            dirty: false,
        });
        number
    }

    /// A poll gave records; those submitted next are its own, with offsets within `origins`.
    pub fn begin_poll(&mut self, origins: bytes::Bytes) {
        self.polls.push_back(Poll { origins, left: 0 });
    }

    /// Adds a record of the latest poll and returns its token. None: there was no poll, or no such partition.
    pub fn submit(&mut self, record: Submission) -> Option<u64> {
        let number = self.first_poll.wrapping_add(self.polls.len() as u64).wrapping_sub(1);
        let poll = self.polls.back_mut()?;
        let partition = self.partitions.get_mut(record.partition as usize)?;
        let sequence = partition.first.wrapping_add(partition.queue.len() as u64);
        let Submission { start, end, bytes, .. } = record;
        partition.queue.push_back(Entry { acked: false, poll: number, start, end, bytes });
        poll.left += 1;
        self.in_flight += 1;
        self.in_flight_bytes = self.in_flight_bytes.saturating_add(bytes);
        Some(u64::from(record.partition) << SEQUENCE_BITS | sequence & SEQUENCE_MASK)
    }

    /// Source partition and offset of a record that is not settled, both CBOR `offset-map`s.
    pub fn origin(&self, token: u64) -> Option<(&[u8], &[u8])> {
        let partition = self.partitions.get(usize::try_from(token >> SEQUENCE_BITS).ok()?)?;
        let place = token.wrapping_sub(partition.first) & SEQUENCE_MASK;
        let entry = partition.queue.get(usize::try_from(place).ok()?)?;
        let poll = self.polls.get(usize::try_from(entry.poll.wrapping_sub(self.first_poll)).ok()?)?;
        Some((&partition.key, poll.origins.get(entry.start..entry.end)?))
    }

    /// The record of this token is settled: acknowledged, or skipped for good. False: it was settled before, or never sent.
    // I2: a record is settled once; a second settling changes nothing.
    pub fn settle(&mut self, token: u64) -> bool {
        let number = u32::try_from(token >> SEQUENCE_BITS).unwrap_or(u32::MAX);
        let Some(partition) = self.partitions.get_mut(number as usize) else { return false };
        let place = token.wrapping_sub(partition.first) & SEQUENCE_MASK;
        let entry = usize::try_from(place).ok().and_then(|place| partition.queue.get_mut(place));
        let Some(entry) = entry.filter(|entry| !entry.acked) else { return false };
        entry.acked = true;
        self.in_flight -= 1;
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(entry.bytes);
        // I1: only the contiguous settled head of a source partition becomes committable.
        while let Some(front) = partition.queue.front().copied().filter(|front| front.acked) {
            partition.queue.pop_front();
            partition.first = partition.first.wrapping_add(1);
            if partition.head.is_none() {
                self.moved.push(number);
            }
            partition.head = Some(front);
            let poll = usize::try_from(front.poll.wrapping_sub(self.first_poll)).ok();
            if let Some(poll) = poll.and_then(|at| self.polls.get_mut(at)) {
                poll.left -= 1;
            }
        }
        true
    }

    /// Copies the offsets that [`Submitted::settle`] made committable and lets go of polls whose records are all settled.
    /// Call it after each run of settlings.
    pub fn advance(&mut self) {
        for number in self.moved.drain(..) {
            let Some(partition) = self.partitions.get_mut(number as usize) else { continue };
            let Some(head) = partition.head.take() else { continue };
            let poll = usize::try_from(head.poll.wrapping_sub(self.first_poll)).ok();
            let origins = poll.and_then(|at| self.polls.get(at)).map(|poll| poll.origins.as_ref());
            let Some(offset) = origins.and_then(|origins| origins.get(head.start..head.end)) else { continue };
            partition.offset.clear();
            partition.offset.extend_from_slice(offset);
            partition.dirty = true;
        }
        while self.polls.front().is_some_and(|poll| poll.left == 0) {
            self.polls.pop_front();
            self.first_poll = self.first_poll.wrapping_add(1);
        }
    }

    /// Takes the offsets that are to be stored, one for each source partition that moved.
    pub fn take_committable(&mut self) -> Vec<Committable> {
        let mut taken = Vec::new();
        for (number, partition) in self.partitions.iter_mut().enumerate().filter(|(_, partition)| partition.dirty) {
            partition.dirty = false;
            taken.push(Committable {
                partition: u32::try_from(number).unwrap_or(u32::MAX),
                key: partition.key.clone(),
                offset: partition.offset.clone(),
            });
        }
        taken
    }

    /// Gives back offsets that could not be stored: they, or newer ones, are taken again.
    pub fn put_back(&mut self, taken: &[Committable]) {
        for committable in taken {
            if let Some(partition) = self.partitions.get_mut(committable.partition as usize) {
                partition.dirty = true;
            }
        }
    }

    /// Records sent and not settled.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Their size in bytes.
    pub fn in_flight_bytes(&self) -> usize {
        self.in_flight_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Submits a record whose offset is the single byte `offset` of a poll of its own.
    fn submit(submitted: &mut Submitted, partition: &[u8], offset: u8) -> u64 {
        let partition = submitted.partition(partition);
        submitted.begin_poll(vec![0xff, offset].into());
        submitted.submit(Submission { partition, start: 1, end: 2, bytes: 10 }).unwrap()
    }

    fn committable(submitted: &mut Submitted) -> Vec<(Vec<u8>, Vec<u8>)> {
        submitted.advance();
        submitted.take_committable().into_iter().map(|taken| (taken.key.into_vec(), taken.offset)).collect()
    }

    #[test]
    fn only_the_contiguous_head_is_committable() {
        let mut submitted = Submitted::default();
        let tokens: Vec<u64> = (1..=4).map(|offset| submit(&mut submitted, b"a", offset)).collect();
        assert!(submitted.settle(tokens[1]) && submitted.settle(tokens[3]));
        assert!(committable(&mut submitted).is_empty());
        submitted.settle(tokens[0]);
        assert_eq!(committable(&mut submitted), [(b"a".to_vec(), vec![2])]);
        assert!(committable(&mut submitted).is_empty());
        submitted.settle(tokens[2]);
        assert_eq!(committable(&mut submitted), [(b"a".to_vec(), vec![4])]);
        assert_eq!((submitted.in_flight(), submitted.in_flight_bytes(), submitted.polls.len()), (0, 0, 0));
    }

    #[test]
    fn one_partition_does_not_hold_up_another() {
        let mut submitted = Submitted::default();
        let first = submit(&mut submitted, b"a", 1);
        let second = submit(&mut submitted, b"b", 2);
        submitted.settle(second);
        assert_eq!(committable(&mut submitted), [(b"b".to_vec(), vec![2])]);
        submitted.settle(first);
        assert_eq!(committable(&mut submitted), [(b"a".to_vec(), vec![1])]);
    }

    // I2
    #[test]
    fn a_record_is_settled_once() {
        let mut submitted = Submitted::default();
        let token = submit(&mut submitted, b"a", 1);
        assert_eq!(submitted.origin(token), Some((b"a".as_slice(), [1].as_slice())));
        assert!(submitted.settle(token) && !submitted.settle(token));
        assert!(!submitted.settle(7 << SEQUENCE_BITS));
        assert_eq!(submitted.in_flight(), 0);
    }

    #[test]
    fn what_could_not_be_stored_is_taken_again() {
        let mut submitted = Submitted::default();
        let first = submit(&mut submitted, b"a", 1);
        let second = submit(&mut submitted, b"a", 2);
        submitted.settle(first);
        submitted.advance();
        let taken = submitted.take_committable();
        submitted.settle(second);
        submitted.put_back(&taken);
        assert_eq!(committable(&mut submitted), [(b"a".to_vec(), vec![2])]);
    }

    #[test]
    fn every_order_of_acks_ends_at_the_last_offset() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200 {
            let mut submitted = Submitted::default();
            let mut tokens: Vec<(usize, u64)> =
                (0..60).map(|offset| (offset, submit(&mut submitted, &[(offset % 3) as u8], offset as u8))).collect();
            let mut settled = [false; 60];
            while !tokens.is_empty() {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let (offset, token) = tokens.swap_remove((random % tokens.len() as u64) as usize);
                submitted.settle(token);
                settled[offset] = true;
                for (key, stored) in committable(&mut submitted) {
                    let before = (usize::from(key[0])..=usize::from(stored[0])).step_by(3);
                    assert!(before.into_iter().all(|offset| settled[offset]));
                }
            }
            assert_eq!((submitted.in_flight(), submitted.polls.len()), (0, 0));
        }
    }
}
