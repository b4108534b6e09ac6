//! Everything that is simulated: the config topic, the group, and workers around the real decisions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use caisson::config::Props;
use caisson::herder::distributed::assignor::{self, Assignor, View};
use caisson::herder::distributed::ledger::{Ledger, Step, share_of};
use caisson::storage::assignment::{self, Member, Share, release_record};
use caisson::storage::config_state::{ConfigState, Record, commit_record, connector_record, removal_records, task_records};
use caisson::storage::status_store::TaskId;
use fastrand::Rng;

/// Milliseconds of a step.
const STEP: u64 = 100;
const SESSION: u64 = 6_000;
const DELAY: u64 = 12_000;
/// A plugin may take so many steps to stop or start.
const SLOWEST: u32 = 8;

/// What really runs at a worker, by the version of its configuration.
#[derive(Default)]
pub struct Running {
    pub connectors: BTreeMap<String, i64>,
    pub tasks: BTreeMap<TaskId, i64>,
}

/// One thing that a worker is about to do, in order.
enum Deed {
    Step(Step, Box<ConfigState>),
    Release(i32),
}

struct Worker {
    me: Member,
    alive: bool,
    /// No word gets out or in until then.
    cut_off: u64,
    /// When it last saw itself in the group.
    seen: u64,
    /// How far it must read before it follows an assignment: none while it is no member.
    must_read: Option<usize>,
    read: usize,
    state: ConfigState,
    ledger: Ledger,
    running: Running,
    deeds: VecDeque<Deed>,
    busy: u32,
    answered: i32,
    /// The right to write, as a number that only the newest leader has.
    claim: Option<u64>,
    assignor: Assignor,
}

pub struct World {
    random: Rng,
    now: u64,
    topic: Vec<(String, Option<Vec<u8>>)>,
    /// Members as the group has them, each with the end of its session.
    group: BTreeMap<Member, u64>,
    leader: Option<Member>,
    claims: u64,
    workers: Vec<Worker>,
    runs: u64,
    history: Vec<String>,
}

impl World {
    pub fn new(seed: u64, workers: u32) -> Self {
        let mut world = Self {
            random: Rng::with_seed(seed),
            now: 0,
            topic: Vec::new(),
            group: BTreeMap::new(),
            leader: None,
            claims: 0,
            workers: Vec::new(),
            runs: 0,
            history: Vec::new(),
        };
        for number in 0..workers {
            let worker = world.worker(&format!("http://w{number}:8083/"));
            world.workers.push(worker);
        }
        world
    }

    pub fn now(&self) -> u64 {
        self.now
    }

    pub fn history(&self) -> String {
        self.history[self.history.len().saturating_sub(120)..].join("\n")
    }

    pub fn running(&self) -> impl Iterator<Item = (&str, &Running)> {
        self.workers.iter().filter(|worker| worker.alive).map(|worker| (worker.me.url.as_str(), &worker.running))
    }

    /// What the topic says is to run.
    pub fn wanted(&self) -> (BTreeSet<String>, BTreeMap<TaskId, i64>) {
        let mut state = ConfigState::default();
        for (key, value) in &self.topic {
            let offset = state.offset;
            state.apply(key, value.as_deref(), offset);
        }
        let work = assignor::work(&state);
        let version = |id: &TaskId| state.get(&id.connector).unwrap().tasks_version;
        let tasks = work.tasks.iter().map(|id| (id.clone(), version(id))).collect();
        (work.connectors, tasks)
    }

    fn worker(&mut self, url: &str) -> Worker {
        self.runs += 1;
        Worker {
            me: Member { url: url.to_owned(), run: self.runs },
            alive: true,
            cut_off: 0,
            seen: 0,
            must_read: None,
            read: 0,
            state: ConfigState::default(),
            ledger: Ledger::default(),
            running: Running::default(),
            deeds: VecDeque::new(),
            busy: 0,
            answered: 0,
            claim: None,
            assignor: Assignor::new(DELAY),
        }
    }

    fn note(&mut self, what: String) {
        self.history.push(format!("{:>7} {what}", self.now));
    }

    /// Ends all faults: everybody is back and reachable.
    pub fn heal(&mut self) {
        for index in 0..self.workers.len() {
            self.workers[index].cut_off = 0;
            if !self.workers[index].alive {
                self.start_again(index);
            }
        }
    }

    pub fn step(&mut self, troubled: bool) {
        self.now += STEP;
        if troubled {
            self.trouble();
            self.user();
        }
        self.sessions();
        for index in 0..self.workers.len() {
            if self.workers[index].alive && (!troubled || self.random.u32(..4) > 0) {
                self.turn(index, troubled);
            }
        }
    }

    fn trouble(&mut self) {
        let index = self.random.usize(..self.workers.len());
        match self.random.u32(..400) {
            0 if self.workers[index].alive => {
                self.note(format!("{} crashes", self.workers[index].me.id()));
                self.workers[index].alive = false;
                self.workers[index].running = Running::default();
            }
            1 if self.workers[index].alive => {
                // It stops in good order and leaves.
                self.note(format!("{} leaves", self.workers[index].me.id()));
                let me = self.workers[index].me.clone();
                self.workers[index].alive = false;
                self.workers[index].running = Running::default();
                self.group.remove(&me);
            }
            2..6 if !self.workers[index].alive => self.start_again(index),
            6 => {
                let time = self.random.u64(..2 * SESSION);
                self.note(format!("{} is cut off for {time}", self.workers[index].me.id()));
                self.workers[index].cut_off = self.now + time;
            }
            _ => {}
        }
    }

    fn start_again(&mut self, index: usize) {
        let url = self.workers[index].me.url.clone();
        self.workers[index] = self.worker(&url);
        self.note(format!("{} starts", self.workers[index].me.id()));
    }

    /// A user changes something through whoever may write.
    fn user(&mut self) {
        let Some(index) = (0..self.workers.len()).find(|index| self.may_write(*index)) else { return };
        let name = format!("c{}", self.random.u32(..4));
        let tasks = vec![Props::from([("n".to_owned(), self.random.u32(..).to_string())]); self.random.usize(..5)];
        let records = match self.random.u32(..150) {
            0..3 => vec![connector_record(&name, &Props::new())],
            3..6 => task_records(&name, &tasks).into_iter().chain([commit_record(&name, tasks.len())]).collect(),
            6 => removal_records(&name),
            _ => return,
        };
        self.note(format!("a user writes {:?}", records.iter().map(|(key, _)| key).collect::<Vec<_>>()));
        self.write_as_leader(index, records);
    }

    fn may_write(&self, index: usize) -> bool {
        self.workers[index].alive && self.reachable(index) && self.workers[index].claim == Some(self.claims)
    }

    fn reachable(&self, index: usize) -> bool {
        self.workers[index].cut_off <= self.now
    }

    /// The group forgets who is silent for too long, and chooses a leader when it has none.
    fn sessions(&mut self) {
        let now = self.now;
        self.group.retain(|_, end| *end > now);
        if self.leader.as_ref().is_none_or(|leader| !self.group.contains_key(leader)) {
            let members: Vec<&Member> = self.group.keys().collect();
            let chosen = (!members.is_empty()).then(|| members[self.random.usize(..members.len())].clone());
            self.leader = chosen;
        }
    }

    fn turn(&mut self, index: usize, troubled: bool) {
        if self.reachable(index) {
            self.heartbeat(index);
            let unread = self.topic.len() - self.workers[index].read;
            let some = if troubled { self.random.usize(..=unread) } else { unread };
            self.read(index, some);
            self.lead(index);
        }
        self.follow(index);
        self.work(index, troubled);
    }

    fn heartbeat(&mut self, index: usize) {
        let me = self.workers[index].me.clone();
        self.group.insert(me, self.now + SESSION);
        self.workers[index].seen = self.now;
    }

    fn read(&mut self, index: usize, count: usize) {
        let worker = &mut self.workers[index];
        for (key, value) in &self.topic[worker.read..worker.read + count] {
            let offset = worker.state.offset;
            worker.state.apply(key, value.as_deref(), offset);
        }
        worker.read += count;
    }

    fn lead(&mut self, index: usize) {
        let me = self.workers[index].me.clone();
        // Word of a lost leadership comes late at times; then only the claim tells.
        if self.leader.as_ref() != Some(&me) {
            if self.random.bool() {
                self.workers[index].claim = None;
            }
            if self.workers[index].claim.is_none() {
                return;
            }
        }
        if self.workers[index].claim.is_none() {
            self.claims += 1;
            self.workers[index].claim = Some(self.claims);
            self.workers[index].assignor = Assignor::new(DELAY);
            let unread = self.topic.len() - self.workers[index].read;
            self.read(index, unread);
            self.note(format!("{} leads", me.id()));
        }
        let members: BTreeSet<Member> = self.group.keys().cloned().collect();
        let worker = &mut self.workers[index];
        let current = worker.state.assignment.clone().unwrap_or_default();
        let plan = worker.assignor.plan(&View {
            now: self.now,
            leader: &me,
            members: &members,
            current: &current,
            released: &worker.state.released,
            work: &assignor::work(&worker.state),
        });
        if let Some(publish) = plan.publish {
            self.note(format!("{} publishes {}", me.id(), publish.to_json()));
            self.write_as_leader(index, vec![(assignment::KEY.to_owned(), Some(publish.to_json()))]);
        }
    }

    /// I24: what a deposed leader writes is refused; what is written has been read by its writer before it goes on.
    fn write_as_leader(&mut self, index: usize, records: Vec<Record>) {
        if self.workers[index].claim != Some(self.claims) {
            self.note(format!("{} is fenced", self.workers[index].me.id()));
            self.workers[index].claim = None;
            return;
        }
        self.append(records);
        let unread = self.topic.len() - self.workers[index].read;
        self.read(index, unread);
    }

    fn append(&mut self, records: Vec<Record>) {
        for (key, value) in records {
            self.topic.push((key, value.map(|value| value.to_string().into_bytes())));
        }
    }

    fn follow(&mut self, index: usize) {
        let (now, end, reachable) = (self.now, self.topic.len(), self.reachable(index));
        let worker = &mut self.workers[index];
        let member = worker.seen > 0 && now < worker.seen + SESSION;
        if !member {
            worker.must_read = None;
        } else if worker.must_read.is_none() && reachable {
            worker.must_read = Some(end);
        }
        let present = worker.must_read.is_some_and(|place| worker.read >= place);
        let share = match present {
            true => share_of(&worker.me, worker.state.assignment.as_ref()),
            false => Share::default(),
        };
        for step in worker.ledger.reconcile(&share, &worker.state) {
            worker.deeds.push_back(Deed::Step(step, Box::new(worker.state.clone())));
        }
        if let Some(assignment) = &worker.state.assignment
            && assignment.generation != worker.answered
            && assignment.revoked.contains_key(&worker.me)
            && present
        {
            worker.answered = assignment.generation;
            worker.deeds.push_back(Deed::Release(assignment.generation));
        }
    }

    /// Does what is due, in order, each as long as it takes.
    fn work(&mut self, index: usize, troubled: bool) {
        if self.workers[index].busy > 0 {
            self.workers[index].busy -= 1;
            return;
        }
        let reachable = self.reachable(index);
        match self.workers[index].deeds.pop_front() {
            None => {}
            Some(Deed::Release(generation)) if !reachable => self.workers[index].deeds.push_front(Deed::Release(generation)),
            Some(Deed::Release(generation)) => {
                let record = release_record(&self.workers[index].me, generation);
                // An answer that was lost is written again.
                let copies = if troubled { self.random.usize(1..3) } else { 1 };
                self.append(vec![record; copies]);
            }
            Some(Deed::Step(step, state)) => {
                self.note(format!("{} does {step:?}", self.workers[index].me.id()));
                carry_out(&mut self.workers[index].running, step, &state);
                self.workers[index].busy = if troubled { self.random.u32(..SLOWEST) } else { 0 };
            }
        }
    }
}

fn carry_out(running: &mut Running, step: Step, state: &ConfigState) {
    match step {
        Step::StopTasks(_, ids) => running.tasks.retain(|id, _| !ids.contains(id)),
        Step::StopConnector(name) => drop(running.connectors.remove(&name)),
        Step::StartConnector(name) => {
            if let Some(connector) = state.get(&name) {
                running.connectors.insert(name, connector.config_version);
            }
        }
        Step::StartTasks(name, ids) => {
            if let Some(connector) = state.get(&name) {
                running.tasks.extend(ids.into_iter().map(|id| (id, connector.tasks_version)));
            }
        }
        Step::SetTarget(..) => {}
    }
}
