//! What the sandbox refused during a call, so that the plugin's failure can be told with its reason.

use std::sync::{Arc, Mutex, PoisonError};

/// The first refusal of a call. Clones share it.
#[derive(Clone, Default)]
pub(in crate::sandbox) struct Refusals(Arc<Mutex<Option<String>>>);

impl Refusals {
    /// Forgets the refusals of the calls before.
    pub(in crate::sandbox) fn start_call(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes a refusal and the remedy, unless there is one already: what comes after is often its consequence.
    pub(super) fn add(&self, refused: impl FnOnce() -> String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(refused);
    }

    /// The first refusal since [`Refusals::start_call`].
    pub(in crate::sandbox) fn first(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
