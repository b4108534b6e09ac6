//! The sink's task: `io.confluent.connect.jdbc.sink.JdbcSinkTask`.

use caisson_sdk::sql::REASON;
use caisson_sdk::{Config, ErrantRecordReporter, Error, ErrorKind, Record, Records, SinkContext, SinkTask, log};

use crate::connection::{self, Attempt, Link, with_message};
use crate::sink::failure::Failure;
use crate::sink::keys;
use crate::sink::settings::Settings;
use crate::sink::writer::Writer;

const LOG: &str = "io.confluent.connect.jdbc.sink.JdbcSinkTask";

/// Writes what it is put at once, in one transaction.
#[derive(Debug)]
pub struct JdbcSinkTask {
    settings: Settings,
    link: Link,
    writer: Writer,
    context: SinkContext,
    /// Tries that are left for the records last put.
    retries: u32,
}

impl SinkTask for JdbcSinkTask {
    fn start(config: &Config, context: SinkContext) -> Result<Self, Error> {
        let settings = Settings::of(config)?;
        let link = Link::new(config, connection::options(config)?)?;
        let retries = settings.retries;
        Ok(Self { settings, link, writer: Writer::default(), context, retries })
    }

    fn put(&mut self, records: Records<'_>) -> Result<(), Error> {
        let records: Vec<Record<'_>> = records.collect::<Result<_, _>>()?;
        if records.is_empty() {
            return Ok(());
        }
        let connection = match self.link.attempt()? {
            Attempt::Connected(connection) => connection,
            Attempt::Later(wait, error) => {
                self.context.timeout(wait);
                return Err(Error::retriable(error.message()));
            }
        };
        match self.writer.write(connection, &self.settings, records.iter()) {
            Ok(()) => {
                self.retries = self.settings.retries;
                Ok(())
            }
            Err(failure) => self.after(&failure, &records),
        }
    }

    fn stop(&mut self) -> Result<(), Error> {
        log::info(LOG, "Stopping task");
        self.link.close();
        Ok(())
    }
}

impl JdbcSinkTask {
    /// After a write of all records failed: another try, or one record after the other, or the end of the task.
    fn after(&mut self, failure: &Failure, records: &[Record<'_>]) -> Result<(), Error> {
        let told = self.told(failure);
        if let Failure::Database(error) = failure {
            let left = self.retries;
            log::warn(LOG, &format!("Write of {} records failed, remainingRetries={left}: {}", records.len(), told.message()));
            self.mend_link(error);
            if left > 0 {
                self.retries -= 1;
                self.context.timeout(self.settings.backoff);
                return Err(Error::retriable(told.message()));
            }
        }
        self.retries = self.settings.retries;
        match self.context.errant_record_reporter() {
            // Without a database every record would fail.
            Some(reporter) if !is_databases_own(failure) => self.write_one_by_one(records, reporter),
            _ => Err(told),
        }
    }

    fn write_one_by_one(&mut self, records: &[Record<'_>], reporter: ErrantRecordReporter) -> Result<(), Error> {
        for record in records {
            let Attempt::Connected(connection) = self.link.attempt()? else {
                return Err(Error::retriable("The connection was lost while records were written one by one"));
            };
            if let Err(failure) = self.writer.write(connection, &self.settings, std::iter::once(record)) {
                let told = self.told(&failure);
                if is_databases_own(&failure) {
                    return Err(told);
                }
                if let Failure::Database(error) = &failure {
                    self.mend_link(error);
                }
                reporter.report(record.id, &told)?;
            }
        }
        Ok(())
    }

    /// A connection may be there still but good for nothing.
    fn mend_link(&mut self, error: &Error) {
        if error.option(REASON) == Some("connection") || !self.link.connection().is_some_and(|connection| connection.is_valid()) {
            self.link.close();
        }
    }

    /// What a user reads.
    fn told(&self, failure: &Failure) -> Error {
        match failure {
            Failure::Record(error) => error.clone(),
            Failure::Database(error) if self.settings.trims => {
                let state = error.option(caisson_sdk::sql::SQL_STATE).unwrap_or("unknown");
                Error::connect(format!("The database refused the write, SQLSTATE {state}; {}=true hides its message", keys::TRIM))
            }
            Failure::Database(error) => {
                Error::connect(with_message(error, format!("{}: {}", error.class(), error.message())).message())
            }
        }
    }
}

/// Whether no record is to blame: the connection was lost, the database was too slow or locked.
fn is_databases_own(failure: &Failure) -> bool {
    matches!(failure, Failure::Database(error) if error.kind() == ErrorKind::Retriable)
}
