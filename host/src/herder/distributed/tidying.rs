//! What the leader does about statuses that nobody else would change. No I/O: what is put into the store is written by its writer.

use crate::storage::config_state::ConfigState;
use crate::storage::status_store::{State, Status, StatusStore};

/// Forgets statuses of what is not configured any more (Kafka: `updateDeletedConnectorStatus`, `updateDeletedTaskStatus`), and says of
/// what waits for a departed worker that nobody runs it.
pub fn tidy(statuses: &StatusStore, state: &ConfigState) {
    let (connectors, tasks) = statuses.known();
    for name in connectors.iter().filter(|name| state.get(name).is_none()) {
        statuses.remove_connector(name);
    }
    for id in tasks {
        let count = state.get(&id.connector).map_or(0, |connector| connector.tasks.len());
        // Tasks of an inconsistent connector are about to be made again.
        let unsure = state.get(&id.connector).is_some_and(|connector| connector.inconsistent);
        if id.task as usize >= count && !unsure {
            statuses.remove_task(&id);
        }
    }
    let Some(assignment) = &state.assignment else { return };
    for (member, share) in &assignment.departed {
        let theirs = |status: Option<Status>| {
            status.is_some_and(|status| status.worker_id == member.worker_id() && status.state == State::Running)
        };
        for name in share.connectors.iter().filter(|name| theirs(statuses.connector(name))) {
            statuses.put_connector(name, Status::new(State::Unassigned, None));
        }
        for id in share.tasks.iter().filter(|id| theirs(statuses.task(id))) {
            statuses.put_task(id, Status::new(State::Unassigned, None));
        }
    }
}
