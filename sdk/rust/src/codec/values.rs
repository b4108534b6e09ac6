//! Reading values of a batch, one level at a time.

use num_bigint::{BigInt, Sign};

use crate::codec::skip::{self, cut_short, head};
use crate::codec::write;
use crate::data::decimal::Decimal;
use crate::data::encoded::{Encoded, Entries, ItemSchemas, Items, View};
use crate::data::schema::{Schema, Type};
use crate::data::value::Value;
use crate::error::Error;

/// Tags of the contract's `value`.
pub(crate) mod tag {
    /// RFC 8949 §3.4.5.1: encoded CBOR in a byte string.
    pub(crate) const EMBEDDED: u64 = 24;
    pub(crate) const POSITIVE: u64 = 2;
    pub(crate) const NEGATIVE: u64 = 3;
    pub(crate) const DECIMAL: u64 = 4;
    pub(crate) const INT8: u64 = 7001;
    pub(crate) const INT16: u64 = 7002;
    pub(crate) const INT32: u64 = 7003;
    pub(crate) const DATE: u64 = 7004;
    pub(crate) const TYPED: u64 = 7005;
}

/// CBOR under way.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
}

// Items are read here and not by a crate's decoder, for the reason that `write` gives for heads.
impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is left to read.
    #[inline]
    pub(crate) fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// The major type of the next item; none at the end.
    #[inline]
    pub(crate) fn major(&self) -> Option<u8> {
        self.rest.first().map(|first| first >> 5)
    }

    #[inline]
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The next item, not decoded.
    pub(crate) fn span(&mut self) -> Result<&'b [u8], Error> {
        self.take(skip::item_length(self.rest)?)
    }

    /// Reads over so many items.
    pub(crate) fn skip(&mut self, items: usize) -> Result<(), Error> {
        let length = skip::items_length(self.rest, items)?;
        self.take(length).map(|_| ())
    }

    /// Reads over one item, mostly a scalar.
    #[inline(always)]
    pub(crate) fn skip_one(&mut self) -> Result<(), Error> {
        match skip::plain_length(self.rest) {
            Some(length) => {
                self.advance(length);
                Ok(())
            }
            None => self.skip(1),
        }
    }

    /// So many bytes.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The argument of the next item, which has to be of that major type. Most stand in the first byte or two.
    #[inline(always)]
    fn argument(&mut self, major: u8) -> Result<u64, Error> {
        match self.rest {
            [first, rest @ ..] if first >> 5 == major && first & 0x1f < 24 => {
                self.rest = rest;
                Ok(u64::from(first & 0x1f))
            }
            [first, argument, rest @ ..] if *first == (major << 5 | 24) => {
                self.rest = rest;
                Ok(u64::from(*argument))
            }
            _ => self.long_argument(major),
        }
    }

    fn long_argument(&mut self, major: u8) -> Result<u64, Error> {
        // Every consumed record has a timestamp and an offset.
        match self.rest {
            [first, a, b, c, d, rest @ ..] if *first == (major << 5 | 26) => {
                self.rest = rest;
                return Ok(u32::from_be_bytes([*a, *b, *c, *d]).into());
            }
            [first, a, b, c, d, e, f, g, h, rest @ ..] if *first == (major << 5 | 27) => {
                self.rest = rest;
                return Ok(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]));
            }
            _ => {}
        }
        let (found, argument, end) = head(self.rest, 0)?;
        if found != major {
            return Err(unexpected(found, major));
        }
        self.advance(end);
        Ok(argument)
    }

    /// The length of an array whose items follow, at most as many as bytes are left.
    #[inline]
    pub(crate) fn array(&mut self) -> Result<usize, Error> {
        let count = self.argument(4)?;
        self.count(count, 1)
    }

    /// The length of a map whose entries follow, at most as many as bytes are left.
    #[inline]
    pub(crate) fn map(&mut self) -> Result<usize, Error> {
        let count = self.argument(5)?;
        self.count(count, 2)
    }

    #[inline]
    fn count(&self, claimed: u64, least: u64) -> Result<usize, Error> {
        if claimed.saturating_mul(least) > self.rest.len() as u64 {
            return Err(cut_short());
        }
        usize::try_from(claimed).map_err(|_| cut_short())
    }

    /// Takes a null, if the next item is one.
    #[inline]
    pub(crate) fn null(&mut self) -> bool {
        let is_null = self.rest.first() == Some(&0xf6);
        if is_null {
            self.advance(1);
        }
        is_null
    }

    #[inline(always)]
    fn held(&mut self, major: u8) -> Result<&'b [u8], Error> {
        let length = self.argument(major)?;
        self.take(usize::try_from(length).map_err(|_| cut_short())?)
    }

    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'b str, Error> {
        std::str::from_utf8(self.held(3)?).map_err(|_| Error::data("malformed batch: a text is no UTF-8"))
    }

    /// A text, not checked to be UTF-8.
    #[inline(always)]
    pub(crate) fn text_bytes(&mut self) -> Result<&'b [u8], Error> {
        self.held(3)
    }

    /// Appends the next item, a text, without checking that it is UTF-8.
    #[inline(always)]
    pub(crate) fn copy_text(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let length = usize::try_from(self.argument(3)?).map_err(|_| cut_short())?;
        let from = self.rest;
        self.take(length)?;
        write::beginning::<16>(out, from, length);
        Ok(())
    }

    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Error> {
        self.held(2)
    }

    /// What the next item holds, if it is an embedded value.
    #[inline]
    pub(crate) fn embedded(&mut self) -> Result<Option<&'b [u8]>, Error> {
        const TAG: u8 = tag::EMBEDDED as u8;
        match self.rest {
            [0xd8, TAG, rest @ ..] => {
                self.rest = rest;
                self.bytes().map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, Error> {
        match self.take(1)? {
            [0xf4] => Ok(false),
            [0xf5] => Ok(true),
            _ => Err(Error::data("malformed batch: a boolean is neither true nor false")),
        }
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        u32::try_from(self.argument(0)?).map_err(|_| too_wide())
    }

    #[inline]
    pub(crate) fn i32(&mut self) -> Result<i32, Error> {
        i32::try_from(self.i64()?).map_err(|_| too_wide())
    }

    /// A negative number n is -1 - n in the bytes.
    #[inline]
    pub(crate) fn i64(&mut self) -> Result<i64, Error> {
        let negative = self.major() == Some(1);
        let argument = i64::try_from(self.argument(negative.into())?).map_err(|_| too_wide())?;
        Ok(if negative { !argument } else { argument })
    }

    /// The bytes behind the head of a float.
    fn float<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.take(1)?;
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| cut_short())
    }

    fn tag(&mut self) -> Result<u64, Error> {
        self.argument(6)
    }
}

#[cold]
fn unexpected(found: u8, wanted: u8) -> Error {
    Error::data(format!("malformed batch: an item of major type {found} in the place of one of {wanted}"))
}

#[cold]
fn too_wide() -> Error {
    Error::data("malformed batch: a number exceeds the width of its place")
}

/// The next value: a scalar decoded, anything else as a span.
pub(crate) fn read<'b>(reader: &mut Reader<'b>, schema: Option<&Schema>, table: &'b [Schema]) -> Result<Value<'b>, Error> {
    let first = *reader.rest().first().ok_or_else(cut_short)?;
    match first >> 5 {
        0 | 1 => integer(reader.i64()?, schema),
        2 => Ok(Value::bytes(reader.bytes()?)),
        3 => Ok(Value::text(reader.text()?)),
        4 | 5 => Ok(Value::Encoded(Encoded::new(reader.span()?, schema.cloned(), table))),
        6 => tagged(reader, schema, table),
        _ => simple(reader, first),
    }
}

fn integer(number: i64, schema: Option<&Schema>) -> Result<Value<'static>, Error> {
    let narrow = |_| Error::data(format!("malformed batch: {number} does not fit the integer type of its schema"));
    Ok(match schema.map(Schema::type_) {
        Some(Type::Int8) => Value::Int8(number.try_into().map_err(narrow)?),
        Some(Type::Int16) => Value::Int16(number.try_into().map_err(narrow)?),
        Some(Type::Int32) => Value::Int32(number.try_into().map_err(narrow)?),
        _ => Value::Int64(number),
    })
}

fn simple<'b>(reader: &mut Reader<'b>, first: u8) -> Result<Value<'b>, Error> {
    match first {
        0xf6 | 0xf7 => {
            reader.advance(1);
            Ok(Value::Null)
        }
        0xf4 | 0xf5 => Ok(Value::Boolean(reader.boolean()?)),
        0xfa => Ok(Value::Float32(f32::from_be_bytes(reader.float()?))),
        0xfb => Ok(Value::Float64(f64::from_be_bytes(reader.float()?))),
        _ => Err(Error::data(format!("malformed batch: byte {first:#04x} is no value"))),
    }
}

fn tagged<'b>(reader: &mut Reader<'b>, schema: Option<&Schema>, table: &'b [Schema]) -> Result<Value<'b>, Error> {
    let start = reader.clone();
    let wide = |_| Error::data("malformed batch: a number exceeds the width its tag says");
    match reader.tag()? {
        tag::INT8 => Ok(Value::Int8(reader.i64()?.try_into().map_err(wide)?)),
        tag::INT16 => Ok(Value::Int16(reader.i64()?.try_into().map_err(wide)?)),
        tag::INT32 => Ok(Value::Int32(reader.i64()?.try_into().map_err(wide)?)),
        tag::DATE => Ok(Value::Date(reader.i64()?)),
        tag::POSITIVE => Ok(Value::BigInteger(BigInt::from_bytes_be(Sign::Plus, reader.bytes()?))),
        tag::NEGATIVE => Ok(Value::BigInteger(negative(reader.bytes()?))),
        tag::DECIMAL => Ok(Value::Decimal(decimal(reader)?)),
        tag::TYPED => typed(reader, start, schema, table),
        other => Err(Error::data(format!("malformed batch: tag {other} is none of the contract"))),
    }
}

/// RFC 8949 §3.4.3: the number is -1 - n.
fn negative(bytes: &[u8]) -> BigInt {
    -BigInt::from_bytes_be(Sign::Plus, bytes) - 1
}

fn decimal(reader: &mut Reader<'_>) -> Result<Decimal, Error> {
    if reader.array()? != 2 {
        return Err(Error::data("malformed batch: a decimal is [exponent, mantissa]"));
    }
    let scale = reader.i64()?.checked_neg().and_then(|scale| i32::try_from(scale).ok());
    let scale = scale.ok_or_else(|| Error::data("malformed batch: a decimal's exponent exceeds 32 bits"))?;
    match read(reader, None, &[])? {
        Value::Int64(unscaled) => Ok(Decimal::new(unscaled, scale)),
        Value::BigInteger(unscaled) => Ok(Decimal::new(unscaled, scale)),
        _ => Err(Error::data("malformed batch: a decimal's mantissa is no integer")),
    }
}

/// `[schema-index, value]`, tag read; a container stays a span, its tag included.
fn typed<'b>(
    reader: &mut Reader<'b>,
    mut start: Reader<'b>,
    place: Option<&Schema>,
    table: &'b [Schema],
) -> Result<Value<'b>, Error> {
    let schema = typed_schema(reader, table)?;
    let first = *reader.rest().first().ok_or_else(cut_short)?;
    if matches!(first >> 5, 4 | 5) {
        let span = start.span()?;
        *reader = start;
        return Ok(Value::Encoded(Encoded::new(span, place.cloned(), table)));
    }
    if head(reader.rest(), 0).is_ok_and(|(major, number, _)| major == 6 && number == tag::TYPED) {
        return Err(Error::data("malformed batch: a typed value in a typed value"));
    }
    read(reader, Some(&schema), table)
}

fn typed_schema<'b>(reader: &mut Reader<'b>, table: &'b [Schema]) -> Result<Schema, Error> {
    if reader.array()? != 2 {
        return Err(Error::data("malformed batch: a typed value is [schema index, value]"));
    }
    let index = reader.u32()?;
    schema_at(table, index)
}

/// The schema of that index. `DataException` beyond the table.
pub(crate) fn schema_at(table: &[Schema], index: u32) -> Result<Schema, Error> {
    table
        .get(index as usize)
        .cloned()
        .ok_or_else(|| Error::data(format!("malformed batch: schema {index} is referred to, and there are {}", table.len())))
}

/// One level of a span; see [`Encoded::view`].
pub(crate) fn view<'b>(span: &'b [u8], schema: Option<&Schema>, table: &'b [Schema]) -> Result<View<'b>, Error> {
    let mut reader = Reader::new(span);
    let first = *span.first().ok_or_else(cut_short)?;
    match first >> 5 {
        4 => array(reader, schema, table),
        5 => {
            let count = reader.map()?;
            let schemas = schema.map(|schema| (schema.key_schema().cloned(), schema.value_schema().cloned()));
            Ok(View::Map(Entries::new(reader, count, schemas, table)))
        }
        6 if head(span, 0)?.1 == tag::TYPED => {
            reader.tag()?;
            let schema = typed_schema(&mut reader, table)?;
            let rest = reader.rest();
            match rest.first().map(|byte| byte >> 5) {
                Some(4 | 5) => view(rest, Some(&schema), table),
                _ => Ok(View::Scalar(read(&mut reader, Some(&schema), table)?)),
            }
        }
        _ => Ok(View::Scalar(read(&mut reader, schema, table)?)),
    }
}

/// A struct has as many values as its schema has fields.
pub(crate) fn check_fields(count: usize, schema: &Schema) -> Result<(), Error> {
    let fields = schema.fields().len();
    if count == fields {
        return Ok(());
    }
    Err(Error::data(format!("malformed batch: {count} values for {schema} of {fields} fields")))
}

fn array<'b>(mut reader: Reader<'b>, schema: Option<&Schema>, table: &'b [Schema]) -> Result<View<'b>, Error> {
    let count = reader.array()?;
    match schema {
        Some(schema) if schema.type_() == Type::Struct => {
            check_fields(count, schema)?;
            let items = Items::new(reader, count, ItemSchemas::FieldsOf(schema.clone()), table);
            Ok(View::Struct(schema.clone(), items))
        }
        Some(schema) => {
            let schemas = schema.value_schema().cloned().map_or(ItemSchemas::None, ItemSchemas::Same);
            Ok(View::Array(Items::new(reader, count, schemas, table)))
        }
        None => Ok(View::Array(Items::new(reader, count, ItemSchemas::None, table))),
    }
}
