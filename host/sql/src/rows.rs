//! Rows on their way to a plugin: CBOR, as `wit/sql.wit` and `wit/record.cddl` tell.

use minicbor::Encoder;
use minicbor::data::Tag;
use num_bigint::Sign;

use crate::calendar::Calendar;
use crate::cell::{Cell, Number};
use crate::column::Column;
use crate::connect_type::ConnectType;
use crate::error::{Reason, SqlError};

/// `date` of record.cddl.
const DATE: u64 = 7004;

/// Writes values. Nothing can fail: the bytes stay in memory.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Writes by minicbor's encoder, whose errors a buffer in memory does not have.
    fn with(
        &mut self,
        write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), minicbor::encode::Error<std::convert::Infallible>>,
    ) {
        let written = write(&mut Encoder::new(&mut self.0));
        debug_assert!(written.is_ok(), "a buffer in memory takes everything");
    }

    /// Null.
    pub fn null(&mut self) {
        self.with(|out| out.null().map(|_| ()));
    }

    /// An integer under a schema that tells its width.
    pub fn integer(&mut self, number: i64) {
        self.with(|out| out.i64(number).map(|_| ()));
    }

    /// A FLOAT32.
    pub fn float32(&mut self, number: f32) {
        self.with(|out| out.f32(number).map(|_| ()));
    }

    /// A FLOAT64.
    pub fn float64(&mut self, number: f64) {
        self.with(|out| out.f64(number).map(|_| ()));
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, is_true: bool) {
        self.with(|out| out.bool(is_true).map(|_| ()));
    }

    /// A STRING.
    pub fn text(&mut self, text: &str) {
        self.with(|out| out.str(text).map(|_| ()));
    }

    /// BYTES.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.with(|out| out.bytes(bytes).map(|_| ()));
    }

    /// A java.util.Date.
    pub fn date(&mut self, millis: i64) {
        self.with(|out| out.tag(Tag::new(DATE))?.i64(millis).map(|_| ()));
    }

    /// A Decimal.
    pub fn decimal(&mut self, number: &Number) {
        self.with(|out| {
            out.tag(Tag::new(4))?.array(2)?.i64(-i64::from(number.scale))?;
            if let Ok(small) = i64::try_from(&number.unscaled) {
                return out.i64(small).map(|_| ());
            }
            // RFC 8949 §3.4.3: the bytes of a negative number are those of -1 - n.
            match number.unscaled.sign() {
                Sign::Minus => out.tag(Tag::new(3))?.bytes(&(-&number.unscaled - 1u8).magnitude().to_bytes_be()),
                _ => out.tag(Tag::new(2))?.bytes(&number.unscaled.magnitude().to_bytes_be()),
            }
            .map(|_| ())
        });
    }

    /// The head of an array.
    pub fn array(&mut self, items: usize) {
        self.with(|out| out.array(items as u64).map(|_| ()));
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A column of a result, and the type that it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// From 0.
    pub column: usize,
    /// The type.
    pub as_type: ConnectType,
}

/// What is read of each row.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What becomes the fields of a record's value.
    pub fields: Vec<Read>,
    /// What is for the plugin itself.
    pub beside: Vec<Read>,
    /// How days and times are told.
    pub calendar: Calendar,
    /// The largest row.
    pub max_row_bytes: usize,
}

impl Plan {
    /// Every column that can be read, as its own type.
    pub fn of_columns(columns: &[Column], calendar: Calendar, max_row_bytes: usize) -> Self {
        let read = |(column, described): (usize, &Column)| Some(Read { column, as_type: described.connect_type.clone()? });
        Self { fields: columns.iter().enumerate().filter_map(read).collect(), beside: Vec::new(), calendar, max_row_bytes }
    }
}

/// The rows of one fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// CBOR.
    pub rows: Vec<u8>,
    /// How many.
    pub count: u32,
    /// Whether there may be more.
    pub more: bool,
}

/// Rows under way to a [`Fetched`].
#[derive(Debug)]
pub struct Batch<'p> {
    plan: &'p Plan,
    columns: &'p [Column],
    body: Writer,
    count: u32,
    max_rows: u32,
    max_bytes: usize,
}

impl<'p> Batch<'p> {
    /// For at most so many rows, and bytes after which there is none.
    pub fn new(plan: &'p Plan, columns: &'p [Column], max_rows: u32, max_bytes: u32) -> Self {
        Self { plan, columns, body: Writer::default(), count: 0, max_rows: max_rows.max(1), max_bytes: max_bytes as usize }
    }

    /// Whether another row would be one too many.
    pub fn is_full(&self) -> bool {
        self.count >= self.max_rows || (self.count > 0 && self.body.0.len() >= self.max_bytes)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a row, whose cells the driver gives; after an error nothing of it is left.
    ///
    /// # Errors
    /// A value that does not fit its type, with its column; a row that is too large.
    pub fn row<'c>(&mut self, cell: impl Fn(&Read) -> Result<Cell<'c>, SqlError>) -> Result<(), SqlError> {
        let start = self.body.0.len();
        let added = self.add(&cell).and_then(|()| match self.body.0.len() - start {
            length if length > self.plan.max_row_bytes => Err(SqlError::new(
                Reason::Limit,
                format!(
                    "a row has {length} bytes, and max.row.bytes of the connection allows {}; leave its large columns out",
                    self.plan.max_row_bytes
                ),
            )),
            _ => Ok(()),
        });
        match added {
            Ok(()) => self.count += 1,
            Err(_) => self.body.0.truncate(start),
        }
        added
    }

    fn add<'c>(&mut self, cell: &impl Fn(&Read) -> Result<Cell<'c>, SqlError>) -> Result<(), SqlError> {
        self.body.array(2);
        for reads in [&self.plan.fields, &self.plan.beside] {
            self.body.array(reads.len());
            for read in reads {
                let written = cell(read).and_then(|cell| cell.write(&read.as_type, &self.plan.calendar, &mut self.body));
                written.map_err(|error| error.of_column(self.columns.get(read.column).map_or("?", |column| &column.name)))?;
            }
        }
        Ok(())
    }

    /// The rows.
    pub fn finish(self, more: bool) -> Fetched {
        let mut rows = Writer(Vec::with_capacity(self.body.0.len() + 5));
        rows.array(self.count as usize);
        rows.0.extend_from_slice(&self.body.0);
        Fetched { rows: rows.0, count: self.count, more }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn plan(max_row_bytes: usize) -> (Plan, Vec<Column>) {
        let columns = vec![Column::new("id", "INTEGER", "int", true, 10, 0), Column::new("s", "VARCHAR", "text", false, 10, 0)];
        let mut plan = Plan::of_columns(&columns, Calendar::new("UTC", true).unwrap(), max_row_bytes);
        plan.beside = vec![Read { column: 0, as_type: ConnectType::Int64 }];
        (plan, columns)
    }

    #[test]
    fn a_row_is_fields_and_what_is_beside() {
        let (plan, columns) = plan(100);
        let mut batch = Batch::new(&plan, &columns, 2, 1000);
        let cells = [Cell::Int(1), Cell::Text("x".into())];
        batch.row(|read| Ok(cells[read.column].clone())).unwrap();
        let fetched = batch.finish(true);
        assert_eq!(fetched.rows, [0x81, 0x82, 0x82, 0x01, 0x61, b'x', 0x81, 0x01]);
        assert_eq!((fetched.count, fetched.more), (1, true));
    }

    #[test]
    fn nothing_is_left_of_a_row_that_fails() {
        let (plan, columns) = plan(10);
        let mut batch = Batch::new(&plan, &columns, 5, 1);
        let told = batch.row(|read| Ok(if read.column == 0 { Cell::Int(i64::MAX) } else { Cell::Null })).unwrap_err();
        assert_eq!(told.column.as_deref(), Some("id"));
        assert!(batch.is_empty() && !batch.is_full());
        batch.row(|read| Ok(if read.column == 0 { Cell::Int(1) } else { Cell::Null })).unwrap();
        assert!(batch.is_full(), "the bytes are reached");
    }

    #[test]
    fn a_row_that_is_too_large_names_the_limit() {
        let (plan, columns) = plan(20);
        let mut batch = Batch::new(&plan, &columns, 5, 1);
        let long = "x".repeat(50);
        let told =
            batch.row(|read| Ok(if read.column == 0 { Cell::Int(1) } else { Cell::Text(long.as_str().into()) })).unwrap_err();
        assert!(told.reason == Reason::Limit && told.message.contains("max.row.bytes"), "{told}");
    }
}
