//! Consumer groups within the process: who holds which partition, without I/O and without time.
//!
//! Rebalances are cooperative (KIP-429): only partitions that move are given up, and one is taken only after its holder has let go.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::topic::Topic;
use crate::broker::subscription::TopicPattern;
use crate::broker::topic::TopicPartition;

/// A member's number, unique in the process.
pub type MemberId = u64;

/// What a member wants to read.
#[derive(Debug, Clone)]
pub enum Wants {
    /// These topics.
    Names(BTreeSet<String>),
    /// Those that match.
    Pattern(TopicPattern),
}

impl Wants {
    fn topic(&self, name: &str) -> bool {
        match self {
            Self::Names(names) => names.contains(name),
            Self::Pattern(pattern) => pattern.matches(name),
        }
    }
}

/// What a member is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It holds these from now on.
    Take(Vec<TopicPartition>),
    /// It is to let go of these.
    GiveUp(Vec<TopicPartition>),
}

/// All groups.
#[derive(Default)]
pub struct Groups {
    groups: HashMap<String, Group>,
    partitions: Vec<TopicPartition>,
    last_member: MemberId,
}

#[derive(Default)]
struct Group {
    members: BTreeMap<MemberId, Wants>,
    clients: BTreeMap<MemberId, String>,
    target: BTreeMap<TopicPartition, MemberId>,
    held: BTreeMap<TopicPartition, MemberId>,
}

impl Groups {
    /// Adds a member, known by its `client.id`.
    pub fn join(&mut self, group: &str, client_id: &str, wants: Wants) -> MemberId {
        self.last_member += 1;
        let state = self.groups.entry(group.to_owned()).or_default();
        state.clients.insert(self.last_member, client_id.to_owned());
        state.members.insert(self.last_member, wants);
        state.assign(&self.partitions);
        self.last_member
    }

    /// The `client.id` of every member.
    pub fn clients(&self, group: &str) -> Vec<String> {
        self.groups.get(group).map(|state| state.clients.values().cloned().collect()).unwrap_or_default()
    }

    /// Removes a member; what it held is free at once.
    pub fn leave(&mut self, group: &str, member: MemberId) {
        let Some(state) = self.groups.get_mut(group) else { return };
        state.members.remove(&member);
        state.clients.remove(&member);
        state.held.retain(|_, holder| *holder != member);
        state.assign(&self.partitions);
        if state.members.is_empty() {
            self.groups.remove(group);
        }
    }

    /// Topics have come or gone.
    pub fn topics_changed(&mut self, topics: &[Arc<Topic>]) {
        self.partitions.clear();
        for topic in topics {
            self.partitions.extend((0..topic.record.partitions).map(|index| TopicPartition::new(&*topic.name, index)));
        }
        for group in self.groups.values_mut() {
            group.assign(&self.partitions);
        }
    }

    /// What this member is to do next; what it takes is its own at once, what it gives up when it has said so by [`Groups::release`].
    pub fn step(&mut self, group: &str, member: MemberId) -> Option<Step> {
        let state = self.groups.get_mut(group)?;
        let moved = |(partition, holder): (&TopicPartition, &MemberId)| {
            (*holder == member && state.target.get(partition) != Some(&member)).then(|| partition.clone())
        };
        let leaving: Vec<TopicPartition> = state.held.iter().filter_map(moved).collect();
        if !leaving.is_empty() {
            return Some(Step::GiveUp(leaving));
        }
        let free = |(partition, wanted): (&TopicPartition, &MemberId)| {
            (*wanted == member && !state.held.contains_key(partition)).then(|| partition.clone())
        };
        let coming: Vec<TopicPartition> = state.target.iter().filter_map(free).collect();
        if coming.is_empty() {
            return None;
        }
        state.held.extend(coming.iter().map(|partition| (partition.clone(), member)));
        Some(Step::Take(coming))
    }

    /// The member has let go of these.
    pub fn release(&mut self, group: &str, member: MemberId, partitions: &[TopicPartition]) {
        let Some(state) = self.groups.get_mut(group) else { return };
        for partition in partitions {
            if state.held.get(partition) == Some(&member) {
                state.held.remove(partition);
            }
        }
    }

    /// Whether the member holds this partition.
    pub fn holds(&self, group: &str, member: MemberId, partition: &TopicPartition) -> bool {
        self.groups.get(group).and_then(|state| state.held.get(partition)) == Some(&member)
    }

    /// Whether the group has members.
    pub fn active(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }
}

impl Group {
    /// Shares the partitions evenly; each stays where it is as far as that allows.
    fn assign(&mut self, partitions: &[TopicPartition]) {
        let mut loads: BTreeMap<MemberId, usize> = self.members.keys().map(|member| (*member, 0)).collect();
        let wanted: Vec<&TopicPartition> =
            partitions.iter().filter(|partition| self.members.values().any(|wants| wants.topic(&partition.topic))).collect();
        let share = wanted.len().div_ceil(loads.len().max(1));
        let mut target = BTreeMap::new();
        let mut open = Vec::new();
        for partition in wanted {
            let holder = self.held.get(partition).or_else(|| self.target.get(partition)).copied();
            let keeps = holder.filter(|member| self.members.get(member).is_some_and(|wants| wants.topic(&partition.topic)));
            match keeps.and_then(|member| loads.get_mut(&member).map(|load| (member, load))) {
                Some((member, load)) if *load < share => {
                    *load += 1;
                    target.insert(partition.clone(), member);
                }
                _ => open.push(partition),
            }
        }
        for partition in open {
            let able = self.members.iter().filter(|(_, wants)| wants.topic(&partition.topic)).map(|(member, _)| *member);
            if let Some(member) = able.min_by_key(|member| (loads.get(member).copied().unwrap_or(0), *member)) {
                *loads.entry(member).or_default() += 1;
                target.insert(partition.clone(), member);
            }
        }
        self.target = target;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Groups, Step, Wants};
    use crate::broker::topic::TopicPartition;

    fn groups(partitions: i32) -> Groups {
        let partitions = (0..partitions).map(|index| TopicPartition::new("t", index)).collect();
        Groups { partitions, ..Groups::default() }
    }

    fn t() -> Wants {
        Wants::Names(BTreeSet::from(["t".to_owned()]))
    }

    // I14
    #[test]
    fn a_second_member_gets_its_half_after_the_first_let_go() {
        let mut groups = groups(4);
        let one = groups.join("g", "c", t());
        let Some(Step::Take(all)) = groups.step("g", one) else { panic!("nothing to take") };
        assert_eq!(all.len(), 4);
        let two = groups.join("g", "c", t());
        assert_eq!(groups.step("g", two), None, "nothing is free yet");
        let Some(Step::GiveUp(leaving)) = groups.step("g", one) else { panic!("nothing to give up") };
        assert_eq!(leaving.len(), 2);
        assert!(groups.holds("g", one, &leaving[0]), "held until it says so");
        groups.release("g", one, &leaving);
        assert_eq!(groups.step("g", two), Some(Step::Take(leaving)));
        assert_eq!(groups.step("g", one), None);
    }

    #[test]
    fn who_leaves_frees_its_partitions() {
        let mut groups = groups(3);
        let (one, two) = (groups.join("g", "c", t()), groups.join("g", "c", t()));
        let (_, _) = (groups.step("g", one), groups.step("g", two));
        groups.leave("g", one);
        let Some(Step::Take(rest)) = groups.step("g", two) else { panic!("nothing to take") };
        assert_eq!(rest.len(), 2);
        groups.leave("g", two);
        assert!(!groups.active("g"));
    }

    #[test]
    fn a_single_partition_stays_with_its_holder() {
        let mut groups = groups(1);
        let one = groups.join("g", "c", t());
        groups.step("g", one);
        let two = groups.join("g", "c", t());
        assert_eq!((groups.step("g", one), groups.step("g", two)), (None, None));
    }
}
