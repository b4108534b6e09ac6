//! What this worker runs, against what it is to run. Pure: the answer is a list of steps.

use std::collections::BTreeMap;

use crate::storage::assignment::{Assignment, Member, NOTHING, Share};
use crate::storage::config_state::ConfigState;
use crate::storage::status_store::{TargetState, TaskId};

/// One thing to do. Steps of one connector are done in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Stop tasks of a connector.
    StopTasks(String, Vec<TaskId>),
    /// Stop a connector.
    StopConnector(String),
    /// Start a connector, or start it again with its newest configuration.
    StartConnector(String),
    /// Start tasks of a connector.
    StartTasks(String, Vec<TaskId>),
    /// Pause, resume or stop a connector, and its tasks that run here.
    SetTarget(String, TargetState),
}

impl Step {
    /// The connector that it concerns.
    pub fn connector(&self) -> &str {
        match self {
            Self::StopConnector(name) | Self::StartConnector(name) => name,
            Self::StopTasks(name, _) | Self::StartTasks(name, _) | Self::SetTarget(name, _) => name,
        }
    }
}

/// The connectors and tasks that were started here, with the version of the configuration they were started with.
#[derive(Debug, Default)]
pub struct Ledger {
    connectors: BTreeMap<String, i64>,
    tasks: BTreeMap<TaskId, i64>,
    targets: BTreeMap<String, TargetState>,
}

impl Ledger {
    /// What is to be done so that this worker runs its share, neither more nor less. It counts as done from here on.
    // I22: a worker runs only what the newest assignment gives it.
    pub fn reconcile(&mut self, share: &Share, state: &ConfigState) -> Vec<Step> {
        let mut steps = Vec::new();
        self.stop(share, state, &mut steps);
        self.retarget(state, &mut steps);
        self.start(share, state, &mut steps);
        steps
    }

    fn stop(&mut self, share: &Share, state: &ConfigState, steps: &mut Vec<Step>) {
        let mut stopped: BTreeMap<String, Vec<TaskId>> = BTreeMap::new();
        self.tasks.retain(|id, version| {
            let keep = share.tasks.contains(id) && task_version(state, id) == Some(*version);
            if !keep {
                stopped.entry(id.connector.clone()).or_default().push(id.clone());
            }
            keep
        });
        steps.extend(stopped.into_iter().map(|(name, ids)| Step::StopTasks(name, ids)));
        self.connectors.retain(|name, _| {
            let keep = share.connectors.contains(name) && state.get(name).is_some();
            if !keep {
                steps.push(Step::StopConnector(name.clone()));
            }
            keep
        });
    }

    fn retarget(&mut self, state: &ConfigState, steps: &mut Vec<Step>) {
        let (connectors, tasks) = (&self.connectors, &self.tasks);
        let has_task = |name: &str| tasks.range(TaskId::new(name, 0)..).next().is_some_and(|(id, _)| id.connector == name);
        self.targets.retain(|name, _| connectors.contains_key(name) || has_task(name));
        for (name, known) in &mut self.targets {
            if let Some(wanted) = state.get(name).map(|connector| connector.target).filter(|wanted| wanted != known) {
                *known = wanted;
                steps.push(Step::SetTarget(name.clone(), wanted));
            }
        }
    }

    fn start(&mut self, share: &Share, state: &ConfigState, steps: &mut Vec<Step>) {
        for name in &share.connectors {
            let Some(connector) = state.get(name) else { continue };
            if self.connectors.get(name) != Some(&connector.config_version) {
                self.connectors.insert(name.clone(), connector.config_version);
                self.targets.insert(name.clone(), connector.target);
                steps.push(Step::StartConnector(name.clone()));
            }
        }
        let mut started: BTreeMap<String, Vec<TaskId>> = BTreeMap::new();
        for id in &share.tasks {
            let Some(version) = task_version(state, id) else { continue };
            if !self.tasks.contains_key(id) {
                self.tasks.insert(id.clone(), version);
                let target = state.get(&id.connector).map_or(TargetState::Started, |connector| connector.target);
                self.targets.entry(id.connector.clone()).or_insert(target);
                started.entry(id.connector.clone()).or_default().push(id.clone());
            }
        }
        steps.extend(started.into_iter().map(|(name, ids)| Step::StartTasks(name, ids)));
    }

    /// Whether a connector runs here.
    pub fn has_connector(&self, name: &str) -> bool {
        self.connectors.contains_key(name)
    }

    /// Whether a task runs here.
    pub fn has_task(&self, id: &TaskId) -> bool {
        self.tasks.contains_key(id)
    }

    /// Everything that runs here.
    pub fn running(&self) -> Share {
        Share { connectors: self.connectors.keys().cloned().collect(), tasks: self.tasks.keys().cloned().collect() }
    }
}

/// What a worker is to run. What it had when it was last seen stays its own while that waits for its return.
pub fn share_of<'a>(member: &Member, assignment: Option<&'a Assignment>) -> &'a Share {
    let own = assignment.and_then(|known| known.shares.get(member).or_else(|| known.departed.get(member)));
    own.unwrap_or(&NOTHING)
}

fn task_version(state: &ConfigState, id: &TaskId) -> Option<i64> {
    let connector = state.get(&id.connector)?;
    ((id.task as usize) < connector.tasks.len()).then_some(connector.tasks_version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Props;
    use crate::storage::config_state::{Record, commit_record, connector_record, removal_records, target_record, task_records};

    fn write(state: &mut ConfigState, records: impl IntoIterator<Item = Record>) {
        for (key, value) in records {
            let (offset, value) = (state.offset, value.map(|value| value.to_string().into_bytes()));
            state.apply(&key, value.as_deref(), offset);
        }
    }

    fn with_tasks(count: usize) -> Vec<Record> {
        let tasks = vec![Props::new(); count];
        let records = task_records("c", &tasks).into_iter();
        records.chain([commit_record("c", count)]).collect()
    }

    fn tasks(numbers: &[u32]) -> Vec<TaskId> {
        numbers.iter().map(|number| TaskId::new("c", *number)).collect()
    }

    fn share(connector: bool, numbers: &[u32]) -> Share {
        Share { connectors: connector.then(|| "c".to_owned()).into_iter().collect(), tasks: tasks(numbers).into_iter().collect() }
    }

    /// I22
    #[test]
    fn a_worker_runs_its_share_and_nothing_else() {
        let (mut state, mut ledger, name) = (ConfigState::default(), Ledger::default(), || "c".to_owned());
        write(&mut state, [connector_record("c", &Props::new())]);
        assert_eq!(ledger.reconcile(&share(true, &[]), &state), [Step::StartConnector(name())]);
        write(&mut state, with_tasks(3));
        assert_eq!(ledger.reconcile(&share(true, &[0, 1]), &state), [Step::StartTasks(name(), tasks(&[0, 1]))]);
        assert_eq!(ledger.reconcile(&share(true, &[0, 1]), &state), []);
        let moved = ledger.reconcile(&share(false, &[1, 2]), &state);
        let stop = [Step::StopTasks(name(), tasks(&[0])), Step::StopConnector(name())];
        assert_eq!(moved[..2], stop);
        assert_eq!(moved[2..], [Step::StartTasks(name(), tasks(&[2]))]);
        assert_eq!(ledger.running(), share(false, &[1, 2]));
        assert_eq!(ledger.reconcile(&Share::default(), &state), [Step::StopTasks(name(), tasks(&[1, 2]))]);
    }

    #[test]
    fn new_configurations_restart_what_they_are_for() {
        let (mut state, mut ledger, name) = (ConfigState::default(), Ledger::default(), || "c".to_owned());
        write(&mut state, [connector_record("c", &Props::new())]);
        write(&mut state, with_tasks(2));
        ledger.reconcile(&share(true, &[0, 1]), &state);
        write(&mut state, [connector_record("c", &Props::new())]);
        assert_eq!(ledger.reconcile(&share(true, &[0, 1]), &state), [Step::StartConnector(name())]);
        write(&mut state, with_tasks(1));
        let steps = ledger.reconcile(&share(true, &[0, 1]), &state);
        assert_eq!(steps, [Step::StopTasks(name(), tasks(&[0, 1])), Step::StartTasks(name(), tasks(&[0]))]);
        write(&mut state, removal_records("c"));
        let steps = ledger.reconcile(&share(true, &[0, 1]), &state);
        assert_eq!(steps, [Step::StopTasks(name(), tasks(&[0])), Step::StopConnector(name())]);
    }

    #[test]
    fn a_target_is_set_once() {
        let (mut state, mut ledger) = (ConfigState::default(), Ledger::default());
        write(&mut state, [connector_record("c", &Props::new())]);
        write(&mut state, with_tasks(1));
        ledger.reconcile(&share(false, &[0]), &state);
        write(&mut state, [target_record("c", TargetState::Paused)]);
        assert_eq!(ledger.reconcile(&share(false, &[0]), &state), [Step::SetTarget("c".to_owned(), TargetState::Paused)]);
        assert_eq!(ledger.reconcile(&share(false, &[0]), &state), []);
    }
}
