//! Which worker runs what (Kafka: `IncrementalCooperativeAssignor`, KIP-415). Pure: time is a number, members and work are values.
//!
//! Work stays where it is. What is new goes to whoever has least; a surplus is first taken from its holder and given to another only
//! when the holder has said that it let go. What a departed worker had waits for its return.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::storage::assignment::{Assignment, Member, Share};
use crate::storage::config_state::ConfigState;
use crate::storage::status_store::TaskId;

/// How long a worker that hears nothing of the group goes on with what it runs. The group misses it after a session at the earliest,
/// and what it has then waits for `scheduled.rebalance.max.delay.ms`: so long nobody else is given it, and brokers that are away for a
/// while stop nothing.
// I22: it stops before others may have been given what it runs.
pub fn patience(session: Duration, max_delay: Duration) -> Duration {
    session.max(max_delay)
}

/// All connectors and tasks that are to run somewhere.
pub fn work(state: &ConfigState) -> Share {
    let mut work = Share::default();
    for (name, connector) in state.connectors() {
        work.connectors.insert(name.to_owned());
        work.tasks.extend((0..).zip(&connector.tasks).map(|(task, _)| TaskId::new(name, task)));
    }
    work
}

/// What the leader finds when it looks around.
#[derive(Debug)]
pub struct View<'v> {
    /// Milliseconds of any clock that does not go back.
    pub now: u64,
    /// The leader itself.
    pub leader: &'v Member,
    /// Members of the group.
    pub members: &'v BTreeSet<Member>,
    /// The assignment that holds.
    pub current: &'v Assignment,
    /// Up to which assignment each worker has let go.
    pub released: &'v BTreeMap<Member, i32>,
    /// What is to run.
    pub work: &'v Share,
}

/// What the leader is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The assignment to publish; none: the one that holds is right, or must be followed first.
    pub publish: Option<Assignment>,
    /// When to look again although nothing happens, on the clock of [`View::now`].
    pub wake: Option<u64>,
}

/// Assigns work; remembers only how long departed work has waited.
#[derive(Debug)]
pub struct Assignor {
    max_delay: u64,
    /// Until when the work of each departed member waits: one that goes later may run it for longer.
    deadlines: BTreeMap<Member, u64>,
    /// Members that were there when the wait began: departed work goes to the others first.
    before: BTreeSet<Member>,
}

impl Assignor {
    /// `max_delay` is `scheduled.rebalance.max.delay.ms`.
    pub fn new(max_delay: u64) -> Self {
        Self { max_delay, deadlines: BTreeMap::new(), before: BTreeSet::new() }
    }

    /// Looks around once.
    pub fn plan(&mut self, view: &View<'_>) -> Plan {
        let current = view.current;
        // I23: no work is given to a worker before the one that had it let go of it, or is gone from the group.
        if current.revoked.keys().any(|member| view.members.contains(member) && !has_released(view, member)) {
            let mut same = current.clone();
            same.leader = Some(view.leader.clone());
            return Plan { publish: (same.leader != current.leader).then(|| next(same)), wake: None };
        }
        let mut shares: BTreeMap<Member, Share> = BTreeMap::new();
        for member in view.members.iter().filter(|member| !waits_for_itself(member, view.members)) {
            let had = current.shares.get(member).map(|share| within(share, view.work)).unwrap_or_default();
            shares.insert(member.clone(), had);
        }
        let mut departed = departed(view);
        self.bring_back(view, &mut shares, &mut departed);
        let free = free(view.work, &shares, &departed);
        hand_out(&mut shares, free);
        if departed.is_empty() && revoked(current, &shares).is_empty() {
            take_surplus(&mut shares);
        }
        let (leader, revoked) = (Some(view.leader.clone()), revoked(current, &shares));
        let planned = Assignment { generation: current.generation, leader, shares, departed, revoked };
        let same = Assignment { revoked: current.revoked.clone(), ..planned.clone() } == *current;
        Plan { publish: (!same).then(|| next(planned)), wake: self.deadlines.values().min().copied() }
    }

    /// Gives departed work to a worker that is back at the same address; when the wait is over, all of it to those that came since, or
    /// to all.
    fn bring_back(&mut self, view: &View<'_>, shares: &mut BTreeMap<Member, Share>, departed: &mut BTreeMap<Member, Share>) {
        departed.retain(|gone, share| {
            let back = shares.iter_mut().find(|(member, _)| member.url == gone.url);
            let Some((_, own)) = back else { return true };
            let mut back = within(share, view.work);
            own.connectors.append(&mut back.connectors);
            own.tasks.append(&mut back.tasks);
            false
        });
        if self.deadlines.is_empty() {
            self.before = view.current.shares.keys().cloned().collect();
        }
        self.deadlines.retain(|member, _| departed.contains_key(member));
        let mut lost = Share::default();
        departed.retain(|member, share| {
            let deadline = *self.deadlines.entry(member.clone()).or_insert(view.now.saturating_add(self.max_delay));
            if view.now < deadline {
                return true;
            }
            self.deadlines.remove(member);
            let mut over = within(share, view.work);
            lost.connectors.append(&mut over.connectors);
            lost.tasks.append(&mut over.tasks);
            false
        });
        if lost.is_empty() {
            return;
        }
        let mut fresh: BTreeMap<Member, Share> = shares.clone();
        fresh.retain(|member, _| !self.before.contains(member));
        if !fresh.is_empty() {
            hand_out(&mut fresh, lost);
            shares.extend(fresh);
        }
        // Otherwise it is free, and handed out with the rest.
    }
}

fn next(assignment: Assignment) -> Assignment {
    Assignment { generation: assignment.generation.saturating_add(1), ..assignment }
}

/// Whether a member has let go of what the present assignment takes from it.
fn has_released(view: &View<'_>, member: &Member) -> bool {
    view.released.get(member).is_some_and(|generation| *generation >= view.current.generation)
}

/// Whether an earlier run at the same address is still a member: it may be dead, which the group finds out in time, and this one then
/// takes its place.
fn waits_for_itself(member: &Member, members: &BTreeSet<Member>) -> bool {
    members.iter().any(|other| other.url == member.url && other.run < member.run)
}

fn within(share: &Share, work: &Share) -> Share {
    Share {
        connectors: share.connectors.intersection(&work.connectors).cloned().collect(),
        tasks: share.tasks.intersection(&work.tasks).cloned().collect(),
    }
}

/// What members that are gone had, or had not let go of: it may still run there for a while, even if it is not to run any more.
fn departed(view: &View<'_>) -> BTreeMap<Member, Share> {
    let current = view.current;
    let kept = current.revoked.iter().filter(|(member, _)| !has_released(view, member));
    let gone = current.shares.iter().chain(kept).filter(|(member, _)| !view.members.contains(*member));
    let mut all = current.departed.clone();
    for (member, share) in gone {
        let known = all.entry(member.clone()).or_default();
        known.connectors.extend(share.connectors.iter().cloned());
        known.tasks.extend(share.tasks.iter().cloned());
    }
    all.retain(|_, share| !share.is_empty());
    all
}

/// Work that nobody has and that waits for nobody.
fn free(work: &Share, shares: &BTreeMap<Member, Share>, departed: &BTreeMap<Member, Share>) -> Share {
    let mut free = work.clone();
    for share in shares.values().chain(departed.values()) {
        free.connectors.retain(|name| !share.connectors.contains(name));
        free.tasks.retain(|id| !share.tasks.contains(id));
    }
    free
}

/// Each to whoever has least of its kind, then least at all.
fn hand_out(shares: &mut BTreeMap<Member, Share>, free: Share) {
    for name in free.connectors {
        let least = shares.values_mut().min_by_key(|share| (share.connectors.len(), share.tasks.len()));
        if let Some(share) = least {
            share.connectors.insert(name);
        }
    }
    for id in free.tasks {
        let least = shares.values_mut().min_by_key(|share| (share.tasks.len(), share.connectors.len()));
        if let Some(share) = least {
            share.tasks.insert(id);
        }
    }
}

/// What members that are there have no more. One that is back may still run what it had when it was last seen.
fn revoked(current: &Assignment, shares: &BTreeMap<Member, Share>) -> BTreeMap<Member, Share> {
    let mut taken = BTreeMap::new();
    for (member, has) in shares {
        let mut gone = Share::default();
        for had in [current.shares.get(member), current.departed.get(member)].into_iter().flatten() {
            gone.connectors.extend(had.connectors.difference(&has.connectors).cloned());
            gone.tasks.extend(had.tasks.difference(&has.tasks).cloned());
        }
        if !gone.is_empty() {
            taken.insert(member.clone(), gone);
        }
    }
    taken
}

/// Takes from those who have more than their part, so that all have the same to within one.
fn take_surplus(shares: &mut BTreeMap<Member, Share>) {
    let connectors = allowances(shares.values().map(|share| share.connectors.len()));
    let tasks = allowances(shares.values().map(|share| share.tasks.len()));
    for ((share, connectors), tasks) in shares.values_mut().zip(connectors).zip(tasks) {
        while share.connectors.len() > connectors {
            share.connectors.pop_last();
        }
        while share.tasks.len() > tasks {
            share.tasks.pop_last();
        }
    }
}

/// How many of its things each may keep. Those with most keep the one that does not divide.
fn allowances(counts: impl Iterator<Item = usize>) -> Vec<usize> {
    let counts: Vec<usize> = counts.collect();
    let total: usize = counts.iter().sum();
    let Some(floor) = total.checked_div(counts.len()) else { return Vec::new() };
    let mut larger = total % counts.len();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(counts.get(*index).copied().unwrap_or_default()));
    let mut allowed = vec![floor; counts.len()];
    for index in order {
        if let (true, Some(allowed)) = (larger > 0, allowed.get_mut(index)) {
            *allowed += 1;
            larger -= 1;
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cluster whose workers follow every assignment at once, unless told otherwise.
    struct Cluster {
        assignor: Assignor,
        members: BTreeSet<Member>,
        current: Assignment,
        released: BTreeMap<Member, i32>,
        work: Share,
        now: u64,
    }

    fn member(number: u32) -> Member {
        Member { url: format!("http://w{number}:8083/"), run: 1 }
    }

    impl Cluster {
        fn new(members: u32, connectors: u32, tasks: u32) -> Self {
            let mut work = Share::default();
            for connector in 0..connectors {
                work.connectors.insert(format!("c{connector}"));
                work.tasks.extend((0..tasks).map(|task| TaskId::new(format!("c{connector}"), task)));
            }
            let members = (0..members).map(member).collect();
            let (current, released) = (Assignment::default(), BTreeMap::new());
            Self { assignor: Assignor::new(100), members, current, released, work, now: 0 }
        }

        fn once(&mut self) -> Plan {
            let leader = self.members.first().unwrap().clone();
            let plan = self.assignor.plan(&View {
                now: self.now,
                leader: &leader,
                members: &self.members,
                current: &self.current,
                released: &self.released,
                work: &self.work,
            });
            if let Some(publish) = &plan.publish {
                assert_eq!(publish.generation, self.current.generation + 1);
                self.current = publish.clone();
            }
            plan
        }

        fn release(&mut self) {
            for member in &self.members {
                self.released.insert(member.clone(), self.current.generation);
            }
        }

        fn settle(&mut self) {
            for _ in 0..10 {
                if self.once().publish.is_none() {
                    return;
                }
                self.release();
            }
            panic!("it never settles: {:?}", self.current);
        }

        fn sizes(&self) -> Vec<(usize, usize)> {
            self.current.shares.values().map(|share| (share.connectors.len(), share.tasks.len())).collect()
        }

        fn assigned(&self) -> usize {
            let sizes = self.sizes();
            sizes.iter().map(|(connectors, tasks)| connectors + tasks).sum()
        }
    }

    #[test]
    fn work_is_balanced_to_within_one() {
        for members in 1..6 {
            let mut cluster = Cluster::new(members, 3, 5);
            cluster.settle();
            let sizes = cluster.sizes();
            let spread = |pick: fn(&(usize, usize)) -> usize| {
                sizes.iter().map(pick).max().unwrap() - sizes.iter().map(pick).min().unwrap()
            };
            assert!(spread(|size| size.0) <= 1 && spread(|size| size.1) <= 1, "{sizes:?}");
            assert_eq!(cluster.assigned(), 18);
        }
    }

    /// I23
    #[test]
    fn a_surplus_moves_only_after_its_holder_let_go() {
        let mut cluster = Cluster::new(1, 2, 3);
        cluster.settle();
        let before = cluster.current.clone();
        cluster.members.insert(member(1));
        let taken = cluster.once().publish.unwrap();
        assert!(taken.revoked.contains_key(&member(0)));
        assert!(taken.shares[&member(1)].is_empty(), "nothing is given while it may still run elsewhere");
        assert!(taken.shares[&member(0)].tasks.is_subset(&before.shares[&member(0)].tasks));
        assert_eq!(cluster.once().publish, None);
        cluster.release();
        cluster.settle();
        assert_eq!(cluster.sizes(), [(1, 3), (1, 3)]);
        // What was not moved never left.
        let after = &cluster.current.shares[&member(0)];
        assert!(after.tasks.is_subset(&before.shares[&member(0)].tasks));
    }

    #[test]
    fn departed_work_waits_and_goes_to_the_others() {
        let mut cluster = Cluster::new(3, 3, 2);
        cluster.settle();
        let before = cluster.current.clone();
        cluster.members.remove(&member(2));
        let plan = cluster.once();
        assert_eq!(plan.wake, Some(100));
        assert_eq!(cluster.current.departed[&member(2)], before.shares[&member(2)]);
        assert_eq!(cluster.assigned(), 6);
        cluster.now = 99;
        assert_eq!(cluster.once().publish, None);
        cluster.now = 100;
        cluster.settle();
        assert_eq!((cluster.assigned(), cluster.current.departed.len()), (9, 0));
        for kept in [0, 1].map(member) {
            assert!(before.shares[&kept].tasks.is_subset(&cluster.current.shares[&kept].tasks));
        }
    }

    #[test]
    fn each_departed_worker_has_its_own_wait() {
        let mut cluster = Cluster::new(3, 3, 2);
        cluster.settle();
        let second = cluster.current.shares[&member(1)].clone();
        cluster.members.remove(&member(2));
        cluster.once();
        cluster.now = 60;
        cluster.members.remove(&member(1));
        assert_eq!(cluster.once().wake, Some(100));
        cluster.now = 100;
        assert_eq!(cluster.once().wake, Some(160));
        assert_eq!(cluster.current.departed, BTreeMap::from([(member(1), second)]));
        cluster.now = 160;
        cluster.settle();
        assert_eq!(cluster.assigned(), 9);
    }

    #[test]
    fn a_worker_that_returns_has_its_work_back_at_once() {
        let mut cluster = Cluster::new(3, 3, 2);
        cluster.settle();
        let before = cluster.current.clone();
        cluster.members.remove(&member(2));
        cluster.once();
        let again = Member { run: 2, ..member(2) };
        cluster.members.insert(again.clone());
        cluster.settle();
        assert_eq!(cluster.current.shares[&again], before.shares[&member(2)]);
        assert_eq!(cluster.once().wake, None);
    }

    /// I23
    #[test]
    fn what_a_worker_was_to_let_go_of_waits_too_when_it_vanishes() {
        let mut cluster = Cluster::new(1, 2, 3);
        cluster.settle();
        cluster.members.insert(member(1));
        let taken = cluster.once().publish.unwrap().revoked[&member(0)].clone();
        cluster.members.remove(&member(0));
        let plan = cluster.once().publish.unwrap();
        assert!(plan.departed[&member(0)].tasks.is_superset(&taken.tasks));
        assert!(plan.shares[&member(1)].is_empty());
    }

    #[test]
    fn a_second_run_waits_until_the_first_is_gone() {
        let mut cluster = Cluster::new(2, 2, 2);
        cluster.settle();
        let before = cluster.current.clone();
        let again = Member { run: 2, ..member(1) };
        cluster.members.insert(again.clone());
        assert_eq!(cluster.once().publish, None);
        cluster.members.remove(&member(1));
        cluster.settle();
        assert_eq!(cluster.current.shares[&again], before.shares[&member(1)]);
    }

    #[test]
    fn departed_work_goes_to_whoever_came_during_the_wait() {
        let mut cluster = Cluster::new(3, 3, 2);
        cluster.settle();
        let lost = cluster.current.shares[&member(2)].clone();
        cluster.members.remove(&member(2));
        cluster.once();
        cluster.members.insert(member(7));
        cluster.once();
        cluster.now = 200;
        cluster.settle();
        assert_eq!(cluster.current.shares[&member(7)], lost);
    }

    #[test]
    fn what_is_deleted_is_taken_away_and_a_new_leader_says_who_it_is() {
        let mut cluster = Cluster::new(2, 2, 1);
        cluster.settle();
        cluster.work.connectors.remove("c0");
        cluster.work.tasks.remove(&TaskId::new("c0", 0));
        assert!(!cluster.once().publish.unwrap().revoked.is_empty());
        // The leader is gone before the other has answered.
        cluster.members.remove(&member(0));
        let plan = cluster.once();
        assert_eq!(plan.publish.unwrap().leader, Some(member(1)));
        cluster.release();
        cluster.now = 1000;
        cluster.settle();
        cluster.now = 2000;
        cluster.settle();
        assert_eq!(cluster.sizes(), [(1, 1)]);
    }

    #[test]
    fn an_assignment_that_is_right_is_not_published_again() {
        let mut cluster = Cluster::new(3, 4, 4);
        cluster.settle();
        assert_eq!(cluster.once(), Plan { publish: None, wake: None });
    }
}
