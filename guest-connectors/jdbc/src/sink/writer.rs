//! Writes records to their tables, all or none.

use std::collections::HashMap;

use caisson_sdk::Record;
use caisson_sdk::sql::{Connection, TableId};

use crate::sink::buffer::{Buffer, Desk};
use crate::sink::failure::Failure;
use crate::sink::settings::Settings;
use crate::sink::structure::Structure;
use crate::sink::transaction::Transaction;

/// What is known of tables, and the buffers of those that records came for.
#[derive(Debug, Default)]
pub struct Writer {
    structure: Structure,
    buffers: Vec<Buffer>,
    /// Which buffer a topic's records go to.
    by_topic: HashMap<String, usize>,
}

impl Writer {
    /// Writes records in one transaction. After a failure nothing of them is written.
    pub fn write<'a>(
        &mut self,
        connection: &Connection,
        settings: &Settings,
        records: impl Iterator<Item = &'a Record<'a>>,
    ) -> Result<(), Failure> {
        let mut transaction = Transaction::default();
        let written = self.write_within(connection, settings, records, &mut transaction);
        let written = written.and_then(|()| transaction.commit(connection));
        if written.is_err() {
            transaction.rollback(connection);
            self.forget();
        }
        written
    }

    /// Forgets what is known of tables: they may have changed, and what was done to them may have been undone.
    pub fn forget(&mut self) {
        self.structure.forget();
        self.buffers.iter_mut().for_each(Buffer::clear);
    }

    fn write_within<'a>(
        &mut self,
        connection: &Connection,
        settings: &Settings,
        records: impl Iterator<Item = &'a Record<'a>>,
        transaction: &mut Transaction,
    ) -> Result<(), Failure> {
        let mut desk = Desk { connection, settings, structure: &mut self.structure, transaction };
        for record in records {
            let index = match self.by_topic.get(record.topic.as_ref()) {
                Some(index) => *index,
                None => {
                    let table = table(&record.topic, settings)?;
                    let known = self.buffers.iter().position(|buffer| *buffer.table() == table);
                    let index = known.unwrap_or(self.buffers.len());
                    if known.is_none() {
                        self.buffers.push(Buffer::new(table));
                    }
                    self.by_topic.insert(record.topic.clone().into_owned(), index);
                    index
                }
            };
            if let Some(buffer) = self.buffers.get_mut(index) {
                buffer.add(record, &mut desk)?;
            }
        }
        for buffer in &mut self.buffers {
            buffer.flush(&mut desk)?;
        }
        Ok(())
    }
}

fn table(topic: &str, settings: &Settings) -> Result<TableId, Failure> {
    settings.table_name(topic).and_then(|name| settings.sql.table_id(&name)).map_err(Failure::Record)
}
