//! Why a write failed, which says what happens next.

use caisson_sdk::Error;

/// A failed write.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The database refused it: it may be tried again.
    Database(Error),
    /// The record cannot be written, whatever the database says.
    Record(Error),
}

impl Failure {
    /// What went wrong.
    pub fn error(&self) -> &Error {
        match self {
            Self::Database(error) | Self::Record(error) => error,
        }
    }
}
