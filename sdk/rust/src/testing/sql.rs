//! The databases of plugins that run natively.
//!
//! The project's own tests give a thread the worker's drivers; an author may give it anything that answers like a database. Arguments and
//! answers are those of the contract's `sql`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::error::Error;
use crate::sql::{Column, Outcome, Table, TableId};

/// Opens connections, by a plugin's configuration and the options of `open`.
pub type Open = Box<dyn Fn(&BTreeMap<String, String>, &[(String, String)]) -> Result<Box<dyn Connection>, Error>>;

/// A connection, as `connection` of the contract.
pub trait Connection: Debug {
    /// Names and values.
    fn about(&self) -> Vec<(String, String)>;
    /// Whether the database answers.
    fn is_valid(&self) -> bool;
    /// All catalogs.
    fn catalogs(&self) -> Result<Vec<String>, Error>;
    /// All schemas.
    fn schemas(&self) -> Result<Vec<String>, Error>;
    /// Tables by catalog, pattern of the schema, pattern of the name, and types.
    fn tables(
        &self,
        catalog: Option<&str>,
        schema_pattern: Option<&str>,
        name_pattern: Option<&str>,
        types: &[String],
    ) -> Result<Vec<Table>, Error>;
    /// A table's columns.
    fn columns(&self, table: &TableId) -> Result<Vec<Column>, Error>;
    /// The columns of its primary key.
    fn primary_keys(&self, table: &TableId) -> Result<Vec<String>, Error>;
    /// A statement with a result; `types` are words, `rows` CBOR, as the contract's `parameters`.
    fn query(
        &self,
        statement: &str,
        types: &[String],
        rows: &[u8],
        options: &[(String, String)],
    ) -> Result<Box<dyn Cursor>, Error>;
    /// A statement without one.
    fn execute(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Option<u64>, Error>;
    /// A statement for each row.
    fn execute_batch(&self, statement: &str, types: &[String], rows: &[u8]) -> Result<Vec<Outcome>, Error>;
    /// Begins a transaction.
    fn begin(&self) -> Result<(), Error>;
    /// Ends it.
    fn commit(&self) -> Result<(), Error>;
    /// Undoes it.
    fn rollback(&self) -> Result<(), Error>;
}

/// A result, as `cursor` of the contract.
pub trait Cursor: Debug {
    /// Its columns.
    fn columns(&self) -> Vec<Column>;
    /// Columns by number, and the words of the types they are read as.
    fn read_as(&self, fields: &[(u32, String)], beside: &[(u32, String)]) -> Result<(), Error>;
    /// Rows as CBOR, how many they are, and whether there are more.
    fn fetch(&self, max_rows: u32, max_bytes: u32) -> Result<(Vec<u8>, u32, bool), Error>;
    /// Ends it.
    fn cancel(&self);
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Has plugins of this thread open their connections so.
pub fn connect_by(open: Open) {
    OPEN.with(|held| *held.borrow_mut() = Some(open));
}

/// Opens a connection, as a plugin would. `ConfigException` when the thread has no databases.
pub fn open(config: &BTreeMap<String, String>, options: &[(String, String)]) -> Result<Box<dyn Connection>, Error> {
    OPEN.with(|held| match held.borrow().as_ref() {
        Some(open) => open(config, options),
        None => {
            Err(Error::config("no database can be opened here: give the thread one by caisson_sdk::testing::sql::connect_by"))
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_no_database_of_its_own() {
        let told = open(&BTreeMap::new(), &[]).unwrap_err();
        assert!(told.message().contains("connect_by"), "{told}");
    }
}
