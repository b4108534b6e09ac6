//! The connections of a connector: counted, limited, and kept for a while when a task is done with them.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::{Connection, Link};
use crate::dial::Gate;
use crate::error::{Reason, SqlError};
use crate::settings::Settings;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(60);

/// A connector's connections.
#[derive(Debug)]
pub struct Pool {
    limit: usize,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    settings: Arc<Settings>,
    link: Link,
    permit: OwnedSemaphorePermit,
}

/// A connection's place in its pool.
#[derive(Debug)]
pub(crate) struct Place {
    pool: Weak<Pool>,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    /// For at most so many connections at once.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, permits: Arc::new(Semaphore::new(limit)), idle: Mutex::default() })
    }

    /// How many connections there are, those included that nobody uses.
    pub fn open_connections(&self) -> usize {
        self.limit - self.permits.available_permits()
    }

    /// A connection by these settings: one that is idle, or a new one.
    ///
    /// # Errors
    /// [`Reason::Limit`] when the connector has all that it may have; what the database refuses it for.
    pub async fn open(self: &Arc<Self>, settings: Settings, gate: &Gate) -> Result<Connection, SqlError> {
        let settings = Arc::new(settings);
        while let Some(idle) = self.take(Some(&settings)) {
            let place = Place { pool: Arc::downgrade(self), permit: idle.permit };
            let connection = Connection::new(idle.link, idle.settings, Some(place));
            if connection.is_valid().await {
                return Ok(connection);
            }
            connection.give_up();
        }
        let permit = self.permit()?;
        let link = Link::open(&settings, gate).await?;
        Ok(Connection::new(link, settings, Some(Place { pool: Arc::downgrade(self), permit })))
    }

    /// A permit; the first idle connection of other settings makes room.
    fn permit(&self) -> Result<OwnedSemaphorePermit, SqlError> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        drop(self.take(None));
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let told = format!(
                "the connector has {} connections to its database, as many as sandbox.sql.connections.max allows; raise it, or lower tasks.max",
                self.limit
            );
            SqlError::new(Reason::Limit, told)
        })
    }

    /// An idle connection of these settings, or of any.
    fn take(&self, settings: Option<&Settings>) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |one: &Idle| settings.is_none_or(|settings| *one.settings == *settings);
        let index = idle.iter().position(fits)?;
        Some(idle.remove(index))
    }

    fn forget(&self, number: u64) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|idle| idle.link.number() != number);
    }
}

impl Place {
    /// Keeps a connection for whoever asks next. It has been reset.
    pub(crate) fn keep(self, link: Link, settings: Arc<Settings>) {
        let Some(pool) = self.pool.upgrade() else { return };
        let number = link.number();
        pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Idle { settings, link, permit: self.permit });
        let pool = self.pool;
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            if let Some(pool) = pool.upgrade() {
                pool.forget(number);
            }
        });
    }
}
