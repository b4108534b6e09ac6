//! The tables that are written to: looked up, made, and given the columns that are missing.

use std::collections::HashMap;

use caisson_sdk::sql::parameters::Parameters;
use caisson_sdk::sql::{Connection, TableId};
use caisson_sdk::{Error, log};

use crate::connection::with_message;
use crate::dialect::Sql;
use crate::dialect::column::Column;
use crate::sink::failure::Failure;
use crate::sink::keys;
use crate::sink::settings::Settings;
use crate::sink::transaction::Transaction;

const LOG: &str = "io.confluent.connect.jdbc.sink.DbStructure";

/// A table's columns: names and types, as the database has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableColumns(Vec<(String, String)>);

impl TableColumns {
    /// The table's own name for a column: the same one, or else the only one that differs in case alone.
    pub fn name_of(&self, column: &str) -> Option<&str> {
        if let Some((name, _)) = self.0.iter().find(|(name, _)| name == column) {
            return Some(name);
        }
        let mut alike = self.0.iter().filter(|(name, _)| name.to_lowercase() == column.to_lowercase());
        match (alike.next(), alike.next()) {
            (Some((name, _)), None) => Some(name),
            _ => None,
        }
    }

    /// Names and types.
    pub fn types(&self) -> &[(String, String)] {
        &self.0
    }
}

/// The tables that have been looked at.
#[derive(Debug, Default)]
pub struct Structure {
    known: HashMap<TableId, TableColumns>,
}

impl Structure {
    /// Forgets all: they may have changed.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// The columns of a table; none: there is no such table.
    pub fn find(
        &mut self,
        connection: &Connection,
        table: &TableId,
        settings: &Settings,
    ) -> Result<Option<TableColumns>, Failure> {
        if let Some(columns) = self.known.get(table) {
            return Ok(Some(columns.clone()));
        }
        let found = look_up(connection, table, settings).map_err(Failure::Database)?;
        if let Some(columns) = &found {
            self.known.insert(table.clone(), columns.clone());
        }
        Ok(found)
    }

    /// The columns of a table that has all of these: it is made, or given the missing ones, where the configuration says so.
    pub fn ensure(
        &mut self,
        connection: &Connection,
        table: &TableId,
        columns: &[Column],
        settings: &Settings,
        transaction: &mut Transaction,
    ) -> Result<TableColumns, Failure> {
        let found = match self.find(connection, table, settings)? {
            Some(found) => found,
            None => self.create(connection, table, columns, settings, transaction)?,
        };
        let missing: Vec<Column> = columns.iter().filter(|column| found.name_of(&column.name).is_none()).cloned().collect();
        if missing.is_empty() {
            return Ok(found);
        }
        self.amend(connection, table, &missing, settings, transaction)?;
        self.known.remove(table);
        let found = self.find(connection, table, settings)?.unwrap_or_default();
        match columns.iter().find(|column| found.name_of(&column.name).is_none()) {
            None => Ok(found),
            Some(column) => Err(Failure::Database(Error::connect(format!(
                "Table {} has no column {} though it was added",
                settings.sql.names.table(table),
                column.name
            )))),
        }
    }

    fn create(
        &mut self,
        connection: &Connection,
        table: &TableId,
        columns: &[Column],
        settings: &Settings,
        transaction: &mut Transaction,
    ) -> Result<TableColumns, Failure> {
        let name = settings.sql.names.table(table);
        if !settings.creates {
            let text = format!("Table {name} is missing and auto-creation is disabled ({}=false)", keys::CREATE);
            return Err(Failure::Record(Error::connect(text)));
        }
        let statement = settings.sql.create_table(table, columns, &settings.zone).map_err(Failure::Record)?;
        log::info(LOG, &format!("Creating table with sql: {statement}"));
        let created = run(connection, settings.sql, &statement, transaction);
        if let Err(failure) = created {
            // Another task may have been quicker. What this transaction has done so far cannot be had back, though.
            if transaction.is_dirty() {
                return Err(failure);
            }
            transaction.rollback(connection);
            return match self.find(connection, table, settings)? {
                Some(found) => Ok(found),
                None => Err(failure),
            };
        }
        self.find(connection, table, settings)?.ok_or_else(|| {
            let types = settings.table_types.join(",");
            let text =
                format!("Table {name} was made, but the connection does not show it among its {types} ({})", keys::TABLE_TYPES);
            Failure::Database(Error::connect(text))
        })
    }

    fn amend(
        &mut self,
        connection: &Connection,
        table: &TableId,
        missing: &[Column],
        settings: &Settings,
        transaction: &mut Transaction,
    ) -> Result<(), Failure> {
        let name = settings.sql.names.table(table);
        if let Some(column) = missing.iter().find(|column| !column.is_optional() && column.schema.default_value().is_none()) {
            return Err(Failure::Record(Error::connect(format!(
                "Cannot ALTER {name} to add missing field {}, as it is not optional and does not have a default value",
                column.shown()
            ))));
        }
        if !settings.evolves {
            let shown: Vec<String> = missing.iter().map(Column::shown).collect();
            return Err(Failure::Record(Error::connect(format!(
                "Table {name} is missing fields ({}) and auto-evolution is disabled ({}=false)",
                shown.join(", "),
                keys::EVOLVE
            ))));
        }
        let statements = settings.sql.alter_table(table, missing, &settings.zone).map_err(Failure::Record)?;
        for statement in statements {
            log::info(LOG, &format!("Amending table with sql: {statement}"));
            run(connection, settings.sql, &statement, transaction)?;
        }
        Ok(())
    }
}

fn run(connection: &Connection, sql: Sql, statement: &str, transaction: &mut Transaction) -> Result<(), Failure> {
    // In some databases such a statement ends the transaction, which is better ended in the open: what comes next begins another.
    if sql.dialect.commits_definitions() {
        transaction.commit(connection)?
    } else {
        transaction.begin(connection)?
    }
    let told = |error: Error| Failure::Database(with_message(&error, format!("{} (by {statement})", error.message())));
    connection.execute(statement, &Parameters::none()).map(|_| ()).map_err(told)
}

/// The columns of a table of one of the kinds that are written to.
fn look_up(connection: &Connection, table: &TableId, settings: &Settings) -> Result<Option<TableColumns>, Error> {
    // The name may hold characters that mean something in a pattern, so more may be found.
    let listed =
        connection.tables(table.catalog.as_deref(), table.schema.as_deref(), Some(&table.name), &settings.table_types)?;
    if !listed.iter().any(|found| found.id.name == table.name || found.id.name.eq_ignore_ascii_case(&table.name)) {
        return Ok(None);
    }
    let columns = connection.columns(table)?;
    let columns: Vec<(String, String)> = columns.into_iter().map(|column| (column.name, column.type_name)).collect();
    Ok(Some(TableColumns(columns)).filter(|columns| !columns.0.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_in_another_case_if_it_is_the_only_one() {
        let columns = TableColumns(["id", "Name", "Qty", "QTY"].map(|name| (name.to_owned(), "int4".to_owned())).to_vec());
        assert_eq!(columns.name_of("id"), Some("id"));
        assert_eq!(columns.name_of("name"), Some("Name"));
        assert_eq!(columns.name_of("Qty"), Some("Qty"));
        assert_eq!(columns.name_of("qty"), None);
        assert_eq!(columns.name_of("other"), None);
    }
}
