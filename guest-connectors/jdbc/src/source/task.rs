//! The source's task: `io.confluent.connect.jdbc.source.JdbcSourceTask`.

use std::time::Duration;

use caisson_sdk::sql::REASON;
use caisson_sdk::{Config, Error, ErrorKind, SourceBatch, SourceContext, SourceTask, clock, log};

use crate::connection::{Attempt, BACKOFF, Link};
use crate::source::keys;
use crate::source::mode::Mode;
use crate::source::querier::Querier;
use crate::source::query::From;
use crate::source::settings::{self, Settings};

const LOG: &str = "io.confluent.connect.jdbc.source.JdbcSourceTask";
/// How long one poll goes on to the next table when there is nothing new.
const POLL_TIME: i64 = 1_000;

/// Reads its tables in turn, each to the end of what is new.
#[derive(Debug)]
pub struct JdbcSourceTask {
    settings: Settings,
    link: Link,
    queriers: Vec<Querier>,
    context: SourceContext,
    /// Failures one after the other that another attempt may undo.
    failures: u32,
    /// Before such an attempt.
    backoff: Duration,
}

impl SourceTask for JdbcSourceTask {
    fn start(config: &Config, context: SourceContext) -> Result<Self, Error> {
        let settings = Settings::of(config)?;
        let queriers: Vec<Querier> = settings::sources(config)?.into_iter().map(|from| Querier::new(from, &settings)).collect();
        if queriers.is_empty() {
            return Err(Error::config(format!("The task has neither {} nor {}", keys::TABLES, keys::QUERY)));
        }
        let link = Link::new(config, settings::open_options(config)?)?;
        let backoff = Duration::from_millis(u64::try_from(config.long(BACKOFF)?).unwrap_or(0));
        Ok(Self { settings, link, queriers, context, failures: 0, backoff })
    }

    fn poll(&mut self, batch: &mut SourceBatch) -> Result<(), Error> {
        let began = clock::now_millis();
        while batch.is_empty() {
            let now = clock::now_millis();
            let Some(index) = self.next() else { return Ok(()) };
            let due = self.queriers.get(index).filter(|querier| !querier.is_open()).map_or(0, |querier| querier.due);
            if due > now {
                batch.wait(Duration::from_millis(u64::try_from(due - now).unwrap_or(0)));
                return Ok(());
            }
            if now - began > POLL_TIME {
                return Ok(());
            }
            if !self.read(index, batch)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Error> {
        log::info(LOG, "Stopping JDBC source task");
        self.queriers.iter_mut().for_each(Querier::close);
        self.link.close();
        Ok(())
    }
}

impl JdbcSourceTask {
    /// The one whose result is being read, or else the one that has been left alone longest.
    fn next(&self) -> Option<usize> {
        let of = |querier: &Querier| (!querier.is_open(), querier.due);
        self.queriers.iter().enumerate().min_by_key(|(_, querier)| of(querier)).map(|(index, _)| index)
    }

    /// Reads on in one of them; false: there is to be a pause.
    fn read(&mut self, index: usize, batch: &mut SourceBatch) -> Result<bool, Error> {
        let Some(querier) = self.queriers.get_mut(index) else { return Ok(false) };
        let connection = match self.link.attempt()? {
            Attempt::Connected(connection) => connection,
            Attempt::Later(wait, error) => {
                log::warn(LOG, &format!("{}; the next attempt is in {} ms", error.message(), wait.as_millis()));
                batch.wait(wait);
                return Ok(false);
            }
        };
        match querier.read(connection, &self.settings, self.context, batch) {
            Ok(is_finished) => {
                self.failures = 0;
                if is_finished {
                    let pause = i64::try_from(self.settings.poll_interval.as_millis()).unwrap_or(i64::MAX);
                    querier.due = clock::now_millis().saturating_add(pause);
                }
                Ok(true)
            }
            Err(error) => {
                let told = failed(querier.from(), &error, &self.settings);
                self.queriers.iter_mut().for_each(Querier::close);
                self.after(&error, told, batch)?;
                Ok(false)
            }
        }
    }

    /// After an error: a pause before the next attempt, or the end of the task.
    fn after(&mut self, error: &Error, told: String, batch: &mut SourceBatch) -> Result<(), Error> {
        let may_succeed_later = error.kind() == ErrorKind::Retriable;
        if !may_succeed_later || self.settings.retries.is_some_and(|retries| self.failures >= retries) {
            let tried = match self.failures {
                0 => String::new(),
                failures => format!(" ({failures} further attempts failed too, {})", keys::QUERY_RETRIES),
            };
            return Err(Error::connect(told + &tried));
        }
        self.failures += 1;
        log::warn(LOG, &format!("{told}; the next attempt is in {} ms", self.backoff.as_millis()));
        // A connection may be there still but good for nothing.
        if error.option(REASON) == Some("connection") || !self.link.connection().is_some_and(|connection| connection.is_valid()) {
            self.link.close();
        }
        batch.wait(self.backoff);
        Ok(())
    }
}

/// What a user reads when a query fails.
fn failed(from: &From, error: &Error, settings: &Settings) -> String {
    let message = error.message();
    match from {
        From::Table(table) => format!("Failed to run query for table {}: {message}", settings.sql.names.table(table)),
        From::Query(_) if error.option(REASON) == Some("syntax") && settings.mode != Mode::Bulk => format!(
            "Failed to run the query: {message}. In mode {} WHERE and ORDER BY are added to it; if it has its own, put it into \
             SELECT * FROM (…) t",
            settings.mode.name()
        ),
        From::Query(_) => format!("Failed to run the query: {message}"),
    }
}
