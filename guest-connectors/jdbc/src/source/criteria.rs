//! The columns by which new rows are found, checked against the table.

use caisson_sdk::Error;
use caisson_sdk::sql::{Column, Connection, TableId};

use crate::source::keys;
use crate::source::mode::Mode;
use crate::source::query::{Criteria, From};
use crate::source::settings::Settings;

/// The columns of the mode, as the configuration names them or the table tells. `ConnectException` when there are none, or when they may be
/// null though `validate.non.null` says that they may not.
pub fn of(connection: &Connection, settings: &Settings, from: &From) -> Result<Criteria, Error> {
    let mut criteria = settings.criteria(from);
    if settings.mode == Mode::Bulk {
        return Ok(criteria);
    }
    let From::Table(table) = from else {
        return match () {
            () if settings.mode.has_incrementing() && criteria.incrementing.is_none() => Err(Error::connect(format!(
                "With {}, the column that grows has to be named: {} is not set",
                keys::QUERY,
                keys::INCREMENTING
            ))),
            () if settings.mode.has_timestamp() && criteria.timestamps.is_empty() => Err(Error::connect(format!(
                "With {}, the column of times has to be named: {} is not set",
                keys::QUERY,
                keys::TIMESTAMP
            ))),
            () => Ok(criteria),
        };
    };
    let shown = settings.sql.names.table(table);
    let needs_columns = settings.non_null || (settings.mode.has_incrementing() && criteria.incrementing.is_none());
    let columns = if needs_columns { connection.columns(table)? } else { Vec::new() };
    if settings.mode.has_incrementing() && criteria.incrementing.is_none() {
        criteria.incrementing = Some(numbered(&columns, table, settings)?);
    }
    if settings.mode.has_timestamp() && criteria.timestamps.is_empty() && !settings.non_null {
        return Err(Error::connect(format!("The column of times of {shown} has to be named: {} is not set", keys::TIMESTAMP)));
    }
    if settings.non_null {
        check_nulls(&criteria, &columns, &shown, settings)?;
    }
    Ok(criteria)
}

/// The only column that the database numbers.
fn numbered(columns: &[Column], table: &TableId, settings: &Settings) -> Result<String, Error> {
    let mut numbered = columns.iter().filter(|column| column.auto_increment).map(|column| column.name.as_str());
    match (numbered.next(), numbered.next()) {
        (Some(name), None) => Ok(name.to_owned()),
        (first, _) => Err(Error::connect(format!(
            "{} has {} that the database numbers itself: name one in {}",
            settings.sql.names.table(table),
            if first.is_none() { "no column" } else { "several columns" },
            keys::INCREMENTING
        ))),
    }
}

fn check_nulls(criteria: &Criteria, columns: &[Column], table: &str, settings: &Settings) -> Result<(), Error> {
    let find = |name: &String| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let remedy = format!("Rows with null there are never read; {}=false says that this is right", keys::NON_NULL);
    if let Some(name) = &criteria.incrementing
        // A column that the database numbers is never null, whatever SQLite says of it.
        && find(name).is_some_and(|column| column.nullable == Some(true) && !column.auto_increment)
    {
        return Err(Error::connect(format!(
            "Cannot make incremental queries using incrementing column {name} on {table} because this column is nullable. {remedy}"
        )));
    }
    // One that is never null is enough: then their COALESCE is not null either.
    if settings.mode.has_timestamp() && !criteria.timestamps.iter().filter_map(find).any(|column| column.nullable == Some(false))
    {
        return Err(Error::connect(format!(
            "Cannot make incremental queries using timestamp columns [{}] on {table} because all of these columns nullable. {remedy}",
            criteria.timestamps.join(", ")
        )));
    }
    Ok(())
}
