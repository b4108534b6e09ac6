//! Reads one table, or a query, again and again.

use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::sql::parameters::Parameters;
use caisson_sdk::sql::rows::{Row, Rows};
use caisson_sdk::sql::{Connection, Cursor};
use caisson_sdk::{Datum, Error, Record, SourceBatch, SourceContext, SourcePartition, Value, log};

use crate::dialect::Dialect;
use crate::instant::Instant;
use crate::source::criteria;
use crate::source::mode::Mode;
use crate::source::offset::{Offset, Partition};
use crate::source::query::{Bound, Criteria, From, statement};
use crate::source::settings::{Initial, Settings};
use crate::source::shape::Shape;

const LOG: &str = "io.confluent.connect.jdbc.source.TableQuerier";
/// How many bytes of rows are asked for at once, whatever `batch.max.rows` says: they have to find room in the sandbox.
const FETCH_BYTES: u32 = 4 * 1024 * 1024;

/// What is read, how far, and the result that is being read.
#[derive(Debug)]
pub struct Querier {
    from: From,
    partition: Partition,
    topic: String,
    /// Known once the table has been looked at.
    criteria: Option<Criteria>,
    /// That of the last record given.
    offset: Offset,
    shape: Option<Shape>,
    /// Columns of SQLite whose rows hold more than the type that the first of them told.
    wider: Vec<(String, ColumnType)>,
    result: Option<OpenResult>,
    /// When it may be queried again, in milliseconds since the epoch.
    pub due: i64,
}

#[derive(Debug)]
struct OpenResult {
    cursor: Cursor,
    /// Rows whose last one is not given yet: whether its time is complete only the next row tells.
    held: Option<Rows>,
    /// How many rows were given.
    given: usize,
    /// How many rows were given before the query had to be asked again; of tables read in full alone.
    skip: usize,
}

impl Querier {
    /// Of a table or query, which has not been looked at yet.
    pub fn new(from: From, settings: &Settings) -> Self {
        let partition = match (&from, settings.mode) {
            (From::Query(_), _) => Partition::Query,
            (From::Table(table), Mode::Bulk) => Partition::Bulk(table.name.clone()),
            (From::Table(table), _) => Partition::Table(table.clone()),
        };
        let topic = settings.topic(&from);
        Self {
            from,
            partition,
            topic,
            criteria: None,
            offset: Offset::default(),
            shape: None,
            wider: Vec::new(),
            result: None,
            due: 0,
        }
    }

    /// What is read.
    pub fn from(&self) -> &From {
        &self.from
    }

    /// Whether a result is being read.
    pub fn is_open(&self) -> bool {
        self.result.is_some()
    }

    /// Gives the result up: the next query goes on behind the last record given.
    pub fn close(&mut self) {
        self.result = None;
    }

    /// Looks at the table and at what is stored, once. `ConnectException` when the mode's columns cannot be used.
    fn prepare(&mut self, connection: &Connection, settings: &Settings, context: SourceContext) -> Result<(), Error> {
        if self.criteria.is_some() {
            return Ok(());
        }
        let criteria = criteria::of(connection, settings, &self.from)?;
        if settings.mode != Mode::Bulk {
            self.offset = match self.partition.stored(context)? {
                Some(stored) => stored,
                None => initial(connection, settings)?,
            };
        }
        self.criteria = Some(criteria);
        Ok(())
    }

    /// Adds records to a batch; true: the result is read to its end.
    pub fn read(
        &mut self,
        connection: &Connection,
        settings: &Settings,
        context: SourceContext,
        batch: &mut SourceBatch,
    ) -> Result<bool, Error> {
        self.prepare(connection, settings, context)?;
        if self.result.is_none() {
            self.result = Some(self.query(connection, settings)?);
        }
        loop {
            let Some(result) = &mut self.result else { return Ok(true) };
            let rows = match result.cursor.fetch(settings.batch, FETCH_BYTES) {
                Ok(rows) => rows,
                Err(error) => {
                    let given = result.given;
                    self.widen(&error, settings)?;
                    let again = self.query(connection, settings)?;
                    self.result = Some(OpenResult { skip: given, ..again });
                    continue;
                }
            };
            let is_last = !rows.more();
            let held = result.held.take();
            let give = if settings.mode == Mode::Timestamp { Self::give_behind_time } else { Self::give };
            give(self, held.as_ref(), &rows, settings, batch)?;
            if is_last {
                self.result = None;
                return Ok(true);
            }
            if let Some(result) = &mut self.result
                && settings.mode == Mode::Timestamp
            {
                result.held = if rows.is_empty() { held } else { Some(rows) };
            }
            if !batch.is_empty() {
                return Ok(false);
            }
        }
    }

    fn query(&mut self, connection: &Connection, settings: &Settings) -> Result<OpenResult, Error> {
        let criteria = self.criteria.clone().unwrap_or_default();
        let statement = statement(settings.sql, &self.from, &criteria, &self.offset, &settings.suffix);
        let until = match statement.bounds.contains(&Bound::Until) {
            true => now(connection, settings)?.plus_millis(settings.delay.saturating_neg()),
            false => Instant::of_millis(0),
        };
        let parameters = parameters(&statement.bounds, &self.offset, until)?;
        let cursor = connection.query(&statement.text, &parameters, settings.batch)?;
        let columns = cursor.columns();
        if !self.shape.as_ref().is_some_and(|shape| shape.fits(&columns)) {
            let name = match &self.from {
                From::Table(table) => Some(table.name.as_str()),
                From::Query(_) => None,
            };
            self.shape = Some(Shape::of(columns, name, &criteria, &self.wider, settings)?);
        }
        if let Some(shape) = &self.shape {
            cursor.read_as(shape.fields(), shape.beside())?;
        }
        Ok(OpenResult { cursor, held: None, given: 0, skip: 0 })
    }

    /// After an error: the column that a value did not fit is read as a wider type from now on. In SQLite values have types, not columns.
    fn widen(&mut self, error: &Error, settings: &Settings) -> Result<(), Error> {
        let column = error.option("column").filter(|_| settings.sql.dialect == Dialect::Sqlite);
        let wider = column.and_then(|column| Some((column.to_owned(), self.shape.as_ref()?.wider(column, settings)?)));
        let Some((column, type_)) = wider else { return Err(error.clone()) };
        log::warn(LOG, &format!("Column {column} is read as {type_} from now on: {}", error.message()));
        self.wider.retain(|(name, _)| *name != column);
        self.wider.push((column, type_));
        self.shape = None;
        Ok(())
    }

    /// Gives all rows, each with its own offset.
    fn give(&mut self, _: Option<&Rows>, rows: &Rows, settings: &Settings, batch: &mut SourceBatch) -> Result<(), Error> {
        let (Some(shape), Some(result)) = (&self.shape, &mut self.result) else { return Ok(()) };
        let partition = batch.partition(Some(&self.partition.entries()))?;
        for row in rows {
            let row = row?;
            result.given += 1;
            if settings.mode == Mode::Bulk && result.given <= result.skip {
                continue;
            }
            let beside = shape.values_beside(&row)?;
            let offset = (settings.mode != Mode::Bulk).then(|| shape.offset(&beside)).transpose()?;
            push(shape, &row, &beside, &Place { partition, topic: &self.topic, offset }, settings, batch)?;
            self.offset = offset.unwrap_or_default();
        }
        Ok(())
    }

    /// Gives the rows but for the last, if there are more to come. A row's time becomes an offset only when a later one is seen: rows of one
    /// time may come in two portions, and none of them is to be lost between the two.
    fn give_behind_time(
        &mut self,
        held: Option<&Rows>,
        rows: &Rows,
        settings: &Settings,
        batch: &mut SourceBatch,
    ) -> Result<(), Error> {
        let Some(shape) = &self.shape else { return Ok(()) };
        let mut known = Vec::with_capacity(rows.len() + 1);
        let held = held.and_then(|rows| rows.iter().last());
        for row in held.into_iter().chain(rows) {
            let row = row?;
            let beside = shape.values_beside(&row)?;
            let time = shape.offset(&beside)?.timestamp;
            known.push((row, beside, time));
        }
        let partition = batch.partition(Some(&self.partition.entries()))?;
        let count = if rows.more() { known.len().saturating_sub(1) } else { known.len() };
        for (index, (row, beside, time)) in known.iter().take(count).enumerate() {
            let next = known.get(index + 1).and_then(|(_, _, next)| *next);
            if next.is_none() || next > *time {
                self.offset.timestamp = *time;
            }
            let offset = Some(self.offset);
            push(shape, row, beside, &Place { partition, topic: &self.topic, offset }, settings, batch)?;
        }
        Ok(())
    }
}

/// Where a record goes, and where it came from.
struct Place<'a> {
    partition: SourcePartition,
    topic: &'a str,
    offset: Option<Offset>,
}

fn push(
    shape: &Shape,
    row: &Row<'_>,
    beside: &[Value<'_>],
    place: &Place<'_>,
    settings: &Settings,
    batch: &mut SourceBatch,
) -> Result<(), Error> {
    let value = Datum::new(shape.schema().clone(), shape.value(row, beside, settings)?);
    let offset = place.offset.map(Offset::entries);
    batch.push(Record::new(place.topic).with_value(value), place.partition, offset.as_deref())?;
    Ok(())
}

/// Where reading begins when nothing is stored.
fn initial(connection: &Connection, settings: &Settings) -> Result<Offset, Error> {
    let (timestamp, incrementing) = settings.initial();
    let timestamp = match timestamp {
        None => None,
        Some(Initial::At(time)) => Some(time),
        Some(Initial::Now) => Some(now(connection, settings)?),
    };
    Ok(Offset { timestamp, incrementing })
}

/// The time by the database's clock.
fn now(connection: &Connection, settings: &Settings) -> Result<Instant, Error> {
    let cursor = connection.query(settings.sql.now(), &Parameters::none(), 1)?;
    cursor.read_as(&[], &[(0, ColumnType::Int64)])?;
    let rows = cursor.fetch(1, FETCH_BYTES)?;
    let row = rows.iter().next().ok_or_else(|| Error::connect("The database does not tell the time"))??;
    match row.beside(&[ColumnType::Int64])?.as_slice() {
        [Value::Int64(micros)] => Ok(Instant::of_micros(*micros)),
        _ => Err(Error::connect("The database does not tell the time")),
    }
}

fn parameters(bounds: &[Bound], offset: &Offset, until: Instant) -> Result<Parameters, Error> {
    if bounds.is_empty() {
        return Ok(Parameters::none());
    }
    let types = bounds.iter().map(|bound| match bound {
        Bound::Until | Bound::After => ColumnType::Instant,
        Bound::Beyond => ColumnType::Int64,
    });
    let value = |bound: &Bound| match bound {
        Bound::Until => Value::Decimal(until.seconds()),
        Bound::After => offset.timestamp.map_or(Value::Null, |time| Value::Decimal(time.seconds())),
        Bound::Beyond => offset.incrementing.map_or(Value::Null, Value::Int64),
    };
    let mut parameters = Parameters::of(types.collect())?;
    parameters.row(&bounds.iter().map(value).collect::<Vec<Value<'_>>>())?;
    Ok(parameters)
}
