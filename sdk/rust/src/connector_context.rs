//! What a connector may ask of the worker outside a call.

use crate::host;

/// Asks the worker for new task configurations: something they depend on has changed.
pub fn request_task_reconfiguration() {
    host::request_task_reconfiguration();
}

/// Tells the worker that the connector cannot go on, though no call is under way.
pub fn raise_error(message: &str) {
    host::raise_error(message);
}
