//! The records for one table that have not gone to the database yet.

use caisson_sdk::sql::{Connection, TableId};
use caisson_sdk::{Error, Record, Schema};

use crate::dialect::column::Column;
use crate::dialect::statement::Target;
use crate::sink::failure::Failure;
use crate::sink::fields::{Fields, Origin};
use crate::sink::keys;
use crate::sink::modes::{InsertMode, PrimaryKeyMode};
use crate::sink::settings::Settings;
use crate::sink::statement::Statement;
use crate::sink::structure::{Structure, TableColumns};
use crate::sink::transaction::Transaction;

/// How many bytes are gathered before they go to the database, whatever `batch.size` says.
const FLUSH_BYTES: usize = 4 * 1024 * 1024;

/// What a buffer works with.
pub struct Desk<'a> {
    /// The database.
    pub connection: &'a Connection,
    /// What the configuration says.
    pub settings: &'a Settings,
    /// The tables that are known.
    pub structure: &'a mut Structure,
    /// That of the put.
    pub transaction: &'a mut Transaction,
}

/// Records of one pair of schemas, as the values of statements. Writes come before deletes: a record that would turn that order sends
/// what is there to the database first, and so does one with other schemas.
#[derive(Debug)]
pub struct Buffer {
    table: TableId,
    key_schema: Option<Schema>,
    writes: Option<(Schema, Statement)>,
    deletes: Option<Deletes>,
}

#[derive(Debug)]
enum Deletes {
    By(Statement),
    /// There is no table yet, and none is made for rows that are not there.
    Nothing,
}

impl Buffer {
    /// An empty one.
    pub fn new(table: TableId) -> Self {
        Self { table, key_schema: None, writes: None, deletes: None }
    }

    /// The table.
    pub fn table(&self) -> &TableId {
        &self.table
    }

    /// Adds a record.
    pub fn add(&mut self, record: &Record<'_>, desk: &mut Desk<'_>) -> Result<(), Failure> {
        let settings = desk.settings;
        if !same(self.key_schema.as_ref(), record.key.schema.as_ref()) {
            self.flush(desk)?;
            (self.writes, self.deletes) = (None, None);
            self.key_schema = record.key.schema.clone();
        }
        let statement = if record.value.value.is_null() {
            let deletes = match self.deletes.take() {
                Some(deletes) => deletes,
                None => self.deleting(record, desk)?,
            };
            match self.deletes.insert(deletes) {
                Deletes::By(statement) => statement,
                Deletes::Nothing => return Ok(()),
            }
        } else {
            let Some(schema) = &record.value.schema else { return Err(Failure::Record(without_schema(record, settings))) };
            let is_other = self.writes.as_ref().is_none_or(|(known, _)| !same(Some(known), Some(schema)));
            if is_other || self.deletes.as_ref().is_some_and(Deletes::has_rows) {
                self.flush(desk)?;
            }
            let writes = match self.writes.take().filter(|_| !is_other) {
                Some(writes) => writes,
                None => {
                    // The table may be made now, so that there is one to delete from.
                    self.deletes = self.deletes.take().filter(|deletes| !matches!(deletes, Deletes::Nothing));
                    (schema.clone(), self.writing(schema, desk)?)
                }
            };
            &mut self.writes.insert(writes).1
        };
        statement.add(record, settings).map_err(Failure::Record)?;
        if statement.rows().len() >= settings.batch || statement.rows().bytes() >= FLUSH_BYTES {
            self.flush(desk)?;
        }
        Ok(())
    }

    /// Sends what is there to the database: writes, then deletes.
    pub fn flush(&mut self, desk: &mut Desk<'_>) -> Result<(), Failure> {
        if let Some((_, statement)) = &mut self.writes {
            execute(statement, desk)?;
        }
        if let Some(Deletes::By(statement)) = &mut self.deletes {
            execute(statement, desk)?;
        }
        Ok(())
    }

    /// Forgets what was gathered.
    pub fn clear(&mut self) {
        *self = Self::new(self.table.clone());
    }

    fn fields(&self, value: Option<&Schema>, settings: &Settings) -> Result<Fields, Failure> {
        Fields::of(&self.table.name, settings, self.key_schema.as_ref(), value).map_err(Failure::Record)
    }

    fn writing(&self, schema: &Schema, desk: &mut Desk<'_>) -> Result<Statement, Failure> {
        let settings = desk.settings;
        let fields = self.fields(Some(schema), settings)?;
        let made = fields.in_table_order(Some(schema));
        let columns = desk.structure.ensure(desk.connection, &self.table, &made, settings, desk.transaction)?;
        let target = target(&self.table, &fields, &columns);
        let unique = match settings.insert {
            InsertMode::Upsert if !settings.sql.upserts_a_key_twice() => target.keys.len(),
            _ => 0,
        };
        let texts = match settings.insert {
            InsertMode::Insert => sizes(&target, settings).map(|rows| (rows, settings.sql.insert(&target, rows))).collect(),
            InsertMode::Update => settings.sql.update(&target).map(|text| (1, text)).into_iter().collect(),
            InsertMode::Upsert if unique > 0 && !target.tells_keys_apart() => vec![(1, self.upsert(&target, 1, settings)?)],
            InsertMode::Upsert => {
                let upsert = |rows| Ok((rows, self.upsert(&target, rows, settings)?));
                sizes(&target, settings).map(upsert).collect::<Result<_, Failure>>()?
            }
        };
        let bound: Vec<&(Column, Origin)> = match settings.insert {
            InsertMode::Update => fields.others.iter().chain(&fields.keys).collect(),
            InsertMode::Insert | InsertMode::Upsert => fields.keys.iter().chain(&fields.others).collect(),
        };
        Ok(Statement::of(texts, &bound, settings).map_err(Failure::Record)?.with_unique(unique))
    }

    fn upsert(&self, target: &Target<'_>, rows: usize, settings: &Settings) -> Result<String, Failure> {
        let table = settings.sql.names.table(&self.table);
        if target.keys.is_empty() {
            return Err(Failure::Record(Error::connect(format!(
                "Write to table '{table}' in UPSERT mode requires key field names to be known, check the primary key configuration \
                 ({})",
                keys::PK_MODE
            ))));
        }
        settings.sql.upsert(target, rows).ok_or_else(|| {
            let name = settings.sql.dialect.name();
            Failure::Record(Error::connect(format!(
                "{name} has no statement for {}=upsert; insert and update are there",
                keys::INSERT_MODE
            )))
        })
    }

    fn deleting(&self, record: &Record<'_>, desk: &mut Desk<'_>) -> Result<Deletes, Failure> {
        let settings = desk.settings;
        if !settings.deletes {
            return Err(Failure::Record(Error::connect(format!(
                "A record of topic {} has no value, and {}=false: there is nothing to write to table {}",
                record.topic,
                keys::DELETE,
                settings.sql.names.table(&self.table)
            ))));
        }
        if settings.pk_mode != PrimaryKeyMode::RecordKey {
            return Err(Failure::Record(Error::connect(format!("Deletes are only supported for {}=record_key", keys::PK_MODE))));
        }
        let fields = self.fields(None, settings)?;
        let Some(columns) = desk.structure.find(desk.connection, &self.table, settings)? else {
            return if settings.creates { Ok(Deletes::Nothing) } else { self.no_table(settings) };
        };
        let text = settings.sql.delete(&target(&self.table, &fields, &columns));
        let bound: Vec<&(Column, Origin)> = fields.keys.iter().collect();
        Statement::of(vec![(1, text)], &bound, settings).map(Deletes::By).map_err(Failure::Record)
    }

    fn no_table(&self, settings: &Settings) -> Result<Deletes, Failure> {
        let table = settings.sql.names.table(&self.table);
        Err(Failure::Record(Error::connect(format!(
            "Table {table} is missing and auto-creation is disabled ({}=false)",
            keys::CREATE
        ))))
    }
}

impl Deletes {
    fn has_rows(&self) -> bool {
        matches!(self, Self::By(statement) if !statement.rows().is_empty())
    }
}

/// Clones of one definition, or equal ones.
fn same(one: Option<&Schema>, other: Option<&Schema>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        (None, None) => true,
        _ => false,
    }
}

/// How many rows the texts of a statement take: halves of the most, down to one, so that few are prepared.
fn sizes(target: &Target<'_>, settings: &Settings) -> impl Iterator<Item = usize> {
    let most = settings.sql.rows_at_once(target.bound().count());
    (0..=most.ilog2()).rev().map(|power| 1 << power)
}

/// Columns under the table's own names.
fn target<'a>(table: &'a TableId, fields: &'a Fields, columns: &'a TableColumns) -> Target<'a> {
    let names = |list: &'a [(Column, Origin)]| -> Vec<&'a str> {
        list.iter().map(|(column, _)| columns.name_of(&column.name).unwrap_or(&column.name)).collect()
    };
    Target { table, keys: names(&fields.keys), others: names(&fields.others), types: columns.types() }
}

fn execute(statement: &mut Statement, desk: &mut Desk<'_>) -> Result<(), Failure> {
    if statement.rows().is_empty() {
        return Ok(());
    }
    for (text, rows) in statement.executions() {
        desk.transaction.begin(desk.connection)?;
        desk.transaction.wrote();
        let outcomes = desk.connection.execute_batch(text, &rows).map_err(Failure::Database)?;
        if let Some(error) = outcomes.into_iter().find_map(|outcome| outcome.error) {
            return Err(Failure::Database(error));
        }
    }
    statement.clear();
    Ok(())
}

fn without_schema(record: &Record<'_>, settings: &Settings) -> Error {
    let place = record.coordinates.map(|place| format!(" ({}-{}@{})", place.topic, place.partition, place.offset));
    Error::connect(format!(
        "Records for a table need a value that is a Struct with a schema ({}={}), but one of topic {}{} has no schema: use a converter \
         that gives schemas, such as JsonConverter with schemas.enable=true",
        keys::PK_MODE,
        settings.pk_mode.upper_name().to_lowercase(),
        record.topic,
        place.unwrap_or_default()
    ))
}
