//! The transaction of a put: begun with its first statement, and all or nothing.

use caisson_sdk::log;
use caisson_sdk::sql::Connection;

use crate::sink::failure::Failure;

const LOG: &str = "io.confluent.connect.jdbc.sink.JdbcDbWriter";

/// Whether a transaction is under way.
#[derive(Debug, Default)]
pub struct Transaction {
    is_begun: bool,
    is_dirty: bool,
}

impl Transaction {
    /// Begins one, unless it is begun.
    pub fn begin(&mut self, connection: &Connection) -> Result<(), Failure> {
        if !self.is_begun {
            connection.begin().map_err(Failure::Database)?;
            self.is_begun = true;
        }
        Ok(())
    }

    /// Rows have been written in it.
    pub fn wrote(&mut self) {
        self.is_dirty = true;
    }

    /// Whether rows have been written in it.
    pub fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Keeps what was written.
    pub fn commit(&mut self, connection: &Connection) -> Result<(), Failure> {
        if self.is_begun {
            connection.commit().map_err(Failure::Database)?;
        }
        *self = Self::default();
        Ok(())
    }

    /// Undoes what was written. A connection that cannot do so is lost, and its transaction with it.
    pub fn rollback(&mut self, connection: &Connection) {
        if self.is_begun
            && let Err(error) = connection.rollback()
        {
            log::warn(LOG, &format!("The transaction could not be rolled back: {}", error.message()));
        }
        *self = Self::default();
    }
}
