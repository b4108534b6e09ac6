//! Everything that is simulated: the topics, the group, and workers around the real decisions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use caisson::config::Props;
use caisson::herder::distributed::assignor::{self, Assignor, View};
use caisson::herder::distributed::ledger::{Ledger, Step, share_of};
use caisson::herder::distributed::tidying::tidy;
use caisson::storage::assignment::{self, Member, NOTHING, release_record};
use caisson::storage::config_state::{ConfigState, Record, commit_record, connector_record, removal_records, task_records};
use caisson::storage::status_store::{State, TaskId};
use fastrand::Rng;

use super::statuses::Statuses;
use super::topic::Topic;

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
    /// How far each task is, and how far it was when that was last stored.
    positions: BTreeMap<TaskId, (u64, u64)>,
}

/// What a leader knows of what it wrote.
#[derive(PartialEq, Eq)]
enum Written {
    /// It is in the topic.
    Yes,
    /// It is not: another leads.
    Refused,
    /// No answer came back.
    Unknown,
}

/// One thing that a worker is about to do, in order.
enum Deed {
    Step(Step, Box<ConfigState>),
    Release(i32),
}

pub struct Worker {
    pub me: Member,
    alive: bool,
    /// No word gets out or in until then.
    cut_off: u64,
    /// When it last saw itself in the group.
    seen: u64,
    /// How far it must read before it follows an assignment: none while it is no member.
    must_read: Option<i64>,
    state: ConfigState,
    statuses: Statuses,
    ledger: Ledger,
    running: Running,
    /// Connectors that were started here, whose tasks are to be made: in which version.
    to_publish: BTreeMap<String, i64>,
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
    configs: Topic,
    statuses: Topic,
    /// The offset topic: how far each task was.
    offsets: BTreeMap<TaskId, u64>,
    /// What users were told is written.
    acknowledged: BTreeMap<String, Option<Vec<u8>>>,
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
            configs: Topic::default(),
            statuses: Topic::default(),
            offsets: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
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

    /// Workers that are there, with what each knows of statuses.
    pub fn statuses(&self) -> impl Iterator<Item = (&Worker, &Statuses)> {
        self.workers.iter().filter(|worker| worker.alive).map(|worker| (worker, &worker.statuses))
    }

    /// What the topic says, to whoever reads all of it now.
    pub fn said(&self) -> ConfigState {
        let mut state = ConfigState::default();
        for record in self.configs.from(0, usize::MAX) {
            state.apply(&record.key, record.value.as_deref(), record.offset);
        }
        state
    }

    /// What users were told is written.
    pub fn acknowledged(&self) -> &BTreeMap<String, Option<Vec<u8>>> {
        &self.acknowledged
    }

    /// What the topic says is to run.
    pub fn wanted(&self) -> (BTreeSet<String>, BTreeMap<TaskId, i64>) {
        let state = self.said();
        let work = assignor::work(&state);
        let version = |id: &TaskId| state.get(&id.connector).unwrap().tasks_version;
        let tasks = work.tasks.iter().map(|id| (id.clone(), version(id))).collect();
        (work.connectors, tasks)
    }

    fn worker(&mut self, url: &str) -> Worker {
        self.runs += 1;
        let me = Member { url: url.to_owned(), run: self.runs };
        Worker {
            statuses: Statuses::new(me.worker_id()),
            me,
            alive: true,
            cut_off: 0,
            seen: 0,
            must_read: None,
            state: ConfigState::default(),
            ledger: Ledger::default(),
            running: Running::default(),
            to_publish: BTreeMap::new(),
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
            if self.random.u32(..100) == 0 {
                self.configs.compact();
                self.statuses.compact();
            }
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
                let time = self.random.u64(..SESSION + 2 * DELAY);
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

    /// A user changes something through one who leads, or takes itself for the leader still.
    fn user(&mut self) {
        let claims = |index: &usize| self.workers[*index].claim.is_some() && self.workers[*index].alive && self.reachable(*index);
        let leaders: Vec<usize> = (0..self.workers.len()).filter(claims).collect();
        if leaders.is_empty() {
            return;
        }
        let index = leaders[self.random.usize(..leaders.len())];
        let name = format!("c{}", self.random.u32(..4));
        let there = self.workers[index].state.get(&name).is_some();
        let records = match self.random.u32(..150) {
            0..3 => vec![connector_record(&name, &Props::from([("n".to_owned(), self.random.u32(..).to_string())]))],
            // A connector that finds other work has its tasks made anew.
            3..6 if there => self.tasks(&name),
            6 => removal_records(&name),
            _ => return,
        };
        self.note(format!("a user writes {:?}", records.iter().map(|(key, _)| key).collect::<Vec<_>>()));
        match self.write_as_leader(index, records.clone()) {
            Written::Yes => {
                let bytes = |value: Option<serde_json::Value>| value.map(|value| value.to_string().into_bytes());
                self.acknowledged.extend(records.into_iter().map(|(key, value)| (key, bytes(value))));
            }
            // I24: what was there is still there.
            Written::Refused => {}
            // It may have been written all the same: of these keys the user knows nothing any more.
            Written::Unknown => self.acknowledged.retain(|known, _| records.iter().all(|(key, _)| key != known)),
        }
    }

    fn tasks(&mut self, name: &str) -> Vec<Record> {
        let tasks = vec![Props::from([("n".to_owned(), self.random.u32(..).to_string())]); self.random.usize(..5)];
        task_records(name, &tasks).into_iter().chain([commit_record(name, tasks.len())]).collect()
    }

    /// Who has started a connector has the leader write its tasks, and asks again until that is done or they are out of date.
    fn publish(&mut self, index: usize) {
        let worker = &mut self.workers[index];
        let (state, running) = (&worker.state, &worker.running);
        worker.to_publish.retain(|name, version| {
            running.connectors.contains_key(name) && state.get(name).is_some_and(|connector| connector.config_version == *version)
        });
        let Some((name, version)) = worker.to_publish.first_key_value().map(|(name, version)| (name.clone(), *version)) else {
            return;
        };
        let Some(leader) = (0..self.workers.len()).find(|index| self.may_write(*index)) else { return };
        if self.workers[leader].state.get(&name).is_none_or(|connector| connector.config_version != version) {
            return;
        }
        let records = self.tasks(&name);
        self.note(format!("{} publishes {} tasks of {name}", self.workers[index].me.id(), records.len() - 1));
        if self.write_as_leader(leader, records) == Written::Yes {
            self.workers[index].to_publish.remove(&name);
        }
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
            let unread = self.unread(index);
            let some = if troubled { self.random.usize(..=unread) } else { unread };
            self.read(index, some);
            self.workers[index].statuses.exchange(&mut self.statuses, &mut self.random, troubled);
            self.lead(index);
            self.publish(index);
        }
        self.follow(index);
        self.work(index, troubled);
        self.poll(index);
    }

    fn heartbeat(&mut self, index: usize) {
        let me = self.workers[index].me.clone();
        self.group.insert(me, self.now + SESSION);
        self.workers[index].seen = self.now;
    }

    fn unread(&self, index: usize) -> usize {
        usize::try_from(self.configs.end() - self.workers[index].state.offset).unwrap()
    }

    fn read(&mut self, index: usize, count: usize) {
        let state = &mut self.workers[index].state;
        for record in self.configs.from(state.offset, count) {
            state.apply(&record.key, record.value.as_deref(), record.offset);
        }
    }

    /// Tasks go on, and store how far they are when they can.
    fn poll(&mut self, index: usize) {
        let reachable = self.reachable(index);
        let (worker, offsets, random) = (&mut self.workers[index], &mut self.offsets, &mut self.random);
        for (id, (position, stored)) in &mut worker.running.positions {
            *position += random.u64(..3);
            if reachable && random.u32(..5) == 0 {
                let known = offsets.insert(id.clone(), *position).unwrap_or_default();
                assert!(known == *stored, "{} ms: {id} stores {position} over {known}, which another stored", self.now);
                *stored = *position;
            }
        }
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
            self.read(index, usize::MAX);
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
        let worker = &self.workers[index];
        if worker.claim.is_some() {
            tidy(&worker.statuses.store, &worker.state);
        }
    }

    /// I24: what a deposed leader writes is refused; what is written has been read by its writer before it goes on.
    fn write_as_leader(&mut self, index: usize, records: Vec<Record>) -> Written {
        if self.workers[index].claim != Some(self.claims) {
            self.note(format!("{} is fenced", self.workers[index].me.id()));
            self.workers[index].claim = None;
            return Written::Refused;
        }
        match self.random.u32(..50) {
            // Nothing arrives, or no answer comes back: it begins anew, by reading everything there is.
            0 => self.workers[index].claim = None,
            1 => {
                self.append(records);
                self.workers[index].claim = None;
            }
            _ => {
                self.append(records);
                self.read(index, usize::MAX);
                return Written::Yes;
            }
        }
        Written::Unknown
    }

    fn append(&mut self, records: Vec<Record>) {
        for (key, value) in records {
            self.configs.append(key, value.map(|value| value.to_string().into_bytes()));
        }
    }

    fn follow(&mut self, index: usize) {
        let (now, end, reachable) = (self.now, self.configs.end(), self.reachable(index));
        let worker = &mut self.workers[index];
        let patience = assignor::patience(Duration::from_millis(SESSION), Duration::from_millis(DELAY));
        let member = worker.seen > 0 && now < worker.seen + patience.as_millis() as u64;
        if !member {
            worker.must_read = None;
        } else if worker.must_read.is_none() && reachable {
            worker.must_read = Some(end);
        }
        let present = worker.must_read.is_some_and(|place| worker.state.offset >= place);
        let share = match present {
            true => share_of(&worker.me, worker.state.assignment.as_deref()),
            false => &NOTHING,
        };
        if let Some(assignment) = &worker.state.assignment {
            worker.statuses.store.set_generation(assignment.generation);
        }
        for step in worker.ledger.reconcile(share, &worker.state) {
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
        // An answer that cannot be given now holds up nothing else.
        let reachable = self.reachable(index);
        let deeds = &mut self.workers[index].deeds;
        let next = deeds.iter().position(|deed| reachable || matches!(deed, Deed::Step(..)));
        match next.and_then(|next| deeds.remove(next)) {
            None => {}
            Some(Deed::Release(generation)) => {
                let record = release_record(&self.workers[index].me, generation);
                // An answer that was lost is written again.
                let copies = if troubled { self.random.usize(1..3) } else { 1 };
                self.append(vec![record; copies]);
            }
            Some(Deed::Step(step, state)) => {
                self.note(format!("{} does {step:?}", self.workers[index].me.id()));
                let worker = &mut self.workers[index];
                if let Step::StartConnector(name) = &step
                    && let Some(connector) = state.get(name)
                    && connector.applied != connector.config
                {
                    worker.to_publish.insert(name.clone(), connector.config_version);
                }
                carry_out(&mut worker.running, &worker.statuses, &self.offsets, step, &state);
                self.workers[index].busy = if troubled { self.random.u32(..SLOWEST) } else { 0 };
            }
        }
    }
}

/// What a worker does, and says of it.
fn carry_out(running: &mut Running, statuses: &Statuses, offsets: &BTreeMap<TaskId, u64>, step: Step, state: &ConfigState) {
    match step {
        Step::StopTasks(_, ids) => {
            for id in ids.iter().filter(|id| running.tasks.remove(id).is_some()) {
                running.positions.remove(id);
                statuses.task(id, State::Unassigned);
            }
        }
        Step::StopConnector(name) => {
            if running.connectors.remove(&name).is_some() {
                statuses.connector(&name, State::Unassigned);
            }
        }
        Step::StartConnector(name) => {
            if let Some(connector) = state.get(&name) {
                statuses.connector(&name, State::Running);
                running.connectors.insert(name, connector.config_version);
            }
        }
        Step::StartTasks(name, ids) => {
            let Some(connector) = state.get(&name) else { return };
            for id in ids {
                let stored = offsets.get(&id).copied().unwrap_or_default();
                statuses.task(&id, State::Running);
                running.positions.insert(id.clone(), (stored, stored));
                running.tasks.insert(id, connector.tasks_version);
            }
        }
        Step::SetTarget(..) => {}
    }
}
