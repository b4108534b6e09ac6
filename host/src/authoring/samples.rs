//! Records of every shape, for the contract suite: what `wit/record.cddl` allows, written without any SDK.

use minicbor::Encoder;
use minicbor::data::{Int, Tag};

type Out = Encoder<Vec<u8>>;

/// The topic and first offset of all samples.
pub const TOPIC: &str = "orders";
/// Offset of the first record.
pub const FIRST_OFFSET: i64 = 100;

/// A kind of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// Values of every type, without schemas.
    Schemaless,
    /// Values of every type under schemas, logical types among them, null where a schema allows it.
    WithSchemas,
    /// No value, with and without a key.
    Tombstones,
    /// Headers of several types, of one name twice, and null.
    Headers,
}

impl Samples {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Schemaless, Self::WithSchemas, Self::Tombstones, Self::Headers];

    /// As a check of the suite is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schemaless => "schemaless values of every type",
            Self::WithSchemas => "values with schemas of every type",
            Self::Tombstones => "tombstones",
            Self::Headers => "headers",
        }
    }

    /// The batch, and how many records it has.
    pub fn batch(self) -> (Vec<u8>, usize) {
        match self {
            Self::Schemaless => {
                let values: Vec<Vec<u8>> = schemaless_values();
                batch(&[], &values.into_iter().map(|value| (None, value)).collect::<Vec<_>>(), false)
            }
            Self::WithSchemas => {
                let all = typed_values();
                let schemas: Vec<Vec<u8>> = all.iter().map(|(schema, _)| schema.clone()).collect();
                let values: Vec<_> = (0..).zip(all).map(|(index, (_, value))| (Some(index), value)).collect();
                batch(&schemas, &values, false)
            }
            Self::Tombstones => batch(&[], &[(None, written(null)), (None, written(null))], false),
            Self::Headers => batch(&[], &[(None, written(|out| text(out, "value")))], true),
        }
    }
}

/// A batch without records, as a sink is given it.
pub fn empty() -> Vec<u8> {
    batch(&[], &[], false).0
}

/// `count` records of eight fields without a schema: whole and broken numbers, texts, a boolean and a null.
pub fn eight_fields(count: usize) -> Vec<u8> {
    let values: Vec<_> = (0..count).map(|number| (None, eight_field_value(number))).collect();
    batch(&[], &values, false).0
}

fn eight_field_value(number: usize) -> Vec<u8> {
    embedded(|out| {
        let _ = out.map(8);
        text(out, "id");
        let _ = out.u64(1_000_000 + number as u64);
        text(out, "name");
        text(out, &format!("customer-{number}"));
        text(out, "city");
        text(out, "Lisbon");
        text(out, "amount");
        let _ = out.f64(number as f64 * 1.25);
        text(out, "active");
        let _ = out.bool(number.is_multiple_of(2));
        text(out, "note");
        text(out, "a text of some forty characters, as it is");
        text(out, "count");
        let _ = out.u64(number as u64 % 20);
        text(out, "parent");
        null(out);
    })
}

// Writing to a Vec cannot fail, so that results are dropped throughout.

fn written(write: impl FnOnce(&mut Out)) -> Vec<u8> {
    let mut out = Encoder::new(Vec::new());
    write(&mut out);
    out.into_writer()
}

fn embedded(write: impl FnOnce(&mut Out)) -> Vec<u8> {
    let inner = written(write);
    written(|out| {
        let _ = out.tag(Tag::new(24)).and_then(|out| out.bytes(&inner));
    })
}

fn text(out: &mut Out, text: &str) {
    let _ = out.str(text);
}

fn null(out: &mut Out) {
    let _ = out.null();
}

fn tagged(out: &mut Out, tag: u64, number: i64) {
    let _ = out.tag(Tag::new(tag)).and_then(|out| out.i64(number));
}

fn decimal(out: &mut Out, scale: i64, mantissa: i64) {
    let _ = out.tag(Tag::new(4)).and_then(|out| out.array(2)).and_then(|out| out.i64(-scale)).and_then(|out| out.i64(mantissa));
}

fn schemaless_values() -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut add = |write: &dyn Fn(&mut Out)| values.push(written(write));
    for number in [0, 23, 24, 255, 256, 65_536, -1, -25, i64::MAX, i64::MIN] {
        add(&|out| {
            let _ = out.i64(number);
        });
    }
    for (tag, number) in
        [(7001, -128), (7001, 127), (7002, 32_767), (7003, i64::from(i32::MIN)), (7004, 1_600_000_000_123), (7004, -1)]
    {
        add(&|out| tagged(out, tag, number));
    }
    for number in [0.0, -0.0, 1.5, f64::NAN, f64::INFINITY] {
        add(&|out| {
            let _ = out.f64(number);
        });
        add(&|out| {
            let _ = out.f32(number as f32);
        });
    }
    for word in ["", "text", "fünf – 五 – 😀", &"long ".repeat(200)] {
        add(&|out| text(out, word));
    }
    add(&|out| {
        let _ = out.bytes(&[0, 255, 10]);
    });
    add(&|out| {
        let _ = out.bool(true);
    });
    add(&|out| decimal(out, 2, -12_345));
    add(&|out| {
        // 2^64, and one below -2^64.
        let _ = out.tag(Tag::new(2)).and_then(|out| out.bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0]));
    });
    add(&|out| {
        let _ = out.tag(Tag::new(3)).and_then(|out| out.bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0]));
    });
    values.push(eight_field_value(7));
    values.push(embedded(nested));
    values.push(embedded(|out| {
        let _ = out.array(0);
    }));
    values.push(embedded(|out| {
        let _ = out.map(0);
    }));
    values.push(embedded(odd_keys));
    values
}

/// A map of maps and arrays.
fn nested(out: &mut Out) {
    let _ = out.map(2);
    text(out, "list");
    let _ = out.array(3);
    null(out);
    let _ = out.int(Int::from(7)).and_then(|out| out.array(1));
    text(out, "inner");
    text(out, "map");
    let _ = out.map(1);
    text(out, "deep");
    decimal(out, 0, 5);
}

/// A map whose keys are no texts, and are equal but for their types.
fn odd_keys(out: &mut Out) {
    let _ = out.map(3).and_then(|out| out.u8(1));
    text(out, "an int64");
    tagged(out, 7003, 1);
    text(out, "an int32");
    let _ = out.array(1).and_then(|out| out.u8(1));
    text(out, "a list");
}

/// A schema: type, whether optional, name, version, whether it has a scale of two, default, parts.
struct Sketch<'a> {
    type_: u8,
    optional: bool,
    name: Option<&'a str>,
    version: Option<u8>,
    scale: bool,
    default: Option<&'a str>,
}

const PLAIN: Sketch<'static> = Sketch { type_: 0, optional: false, name: None, version: None, scale: false, default: None };

fn schema(out: &mut Out, sketch: &Sketch<'_>, parts: impl FnOnce(&mut Out)) {
    let _ = out.array(8).and_then(|out| out.u8(sketch.type_)).and_then(|out| out.bool(sketch.optional));
    match sketch.name {
        Some(name) => text(out, name),
        None => null(out),
    }
    match sketch.version {
        Some(version) => {
            let _ = out.u8(version);
        }
        None => null(out),
    }
    null(out);
    if sketch.scale {
        let _ = out.map(1);
        text(out, "scale");
        text(out, "2");
    } else {
        null(out);
    }
    match sketch.default {
        Some(default) => {
            let _ = out.array(1);
            text(out, default);
        }
        None => null(out),
    }
    parts(out);
}

fn logical(name: &str) -> Sketch<'_> {
    Sketch { name: Some(name), version: Some(1), ..PLAIN }
}

const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
const DATE: &str = "org.apache.kafka.connect.data.Date";
const TIME: &str = "org.apache.kafka.connect.data.Time";
const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";

fn typed_values() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |sketch: Sketch<'_>, value: Vec<u8>| all.push((written(|out| schema(out, &sketch, null)), value));
    for (type_, number) in [(0, -128), (1, 32_767), (2, i64::from(i32::MIN)), (3, i64::MAX)] {
        add(
            Sketch { type_, ..PLAIN },
            written(|out| {
                let _ = out.i64(number);
            }),
        );
    }
    add(
        Sketch { type_: 4, ..PLAIN },
        written(|out| {
            let _ = out.f32(0.1);
        }),
    );
    add(
        Sketch { type_: 5, ..PLAIN },
        written(|out| {
            let _ = out.f64(f64::NAN);
        }),
    );
    add(
        Sketch { type_: 6, ..PLAIN },
        written(|out| {
            let _ = out.bool(false);
        }),
    );
    add(Sketch { type_: 7, default: Some("by default"), ..PLAIN }, written(|out| text(out, "fünf")));
    add(
        Sketch { type_: 8, ..PLAIN },
        written(|out| {
            let _ = out.bytes(&[1, 2, 3]);
        }),
    );
    add(Sketch { type_: 7, optional: true, ..PLAIN }, written(null));
    add(Sketch { type_: 8, scale: true, ..logical(DECIMAL) }, written(|out| decimal(out, 2, 12_345)));
    add(Sketch { type_: 2, ..logical(DATE) }, written(|out| tagged(out, 7004, 86_400_000)));
    add(Sketch { type_: 2, ..logical(TIME) }, written(|out| tagged(out, 7004, 3_723_004)));
    add(Sketch { type_: 3, ..logical(TIMESTAMP) }, written(|out| tagged(out, 7004, 1_600_000_000_123)));
    let items = |out: &mut Out| {
        let _ = out.array(1);
        schema(out, &Sketch { type_: 3, ..PLAIN }, null);
    };
    let array = written(|out| schema(out, &Sketch { type_: 9, ..PLAIN }, items));
    all.push((
        array,
        embedded(|out| {
            let _ = out.array(2).and_then(|out| out.u8(1)).and_then(|out| out.i64(-500));
        }),
    ));
    let parts = |out: &mut Out| {
        let _ = out.array(2);
        schema(out, &Sketch { type_: 2, ..PLAIN }, null);
        schema(out, &Sketch { type_: 7, optional: true, ..PLAIN }, null);
    };
    let map = written(|out| schema(out, &Sketch { type_: 10, ..PLAIN }, parts));
    all.push((
        map,
        embedded(|out| {
            let _ = out.map(2).and_then(|out| out.u8(1));
            text(out, "one");
            let _ = out.u8(2);
            null(out);
        }),
    ));
    all.push((written(person), embedded(ada)));
    all
}

/// A struct with a flat and a nested part, and a field that has a default.
fn person(out: &mut Out) {
    schema(out, &Sketch { type_: 11, name: Some("com.example.Person"), version: Some(2), ..PLAIN }, |out| {
        let _ = out.array(4).and_then(|out| out.array(2));
        text(out, "name");
        schema(out, &Sketch { type_: 7, ..PLAIN }, null);
        let _ = out.array(2);
        text(out, "nick");
        schema(out, &Sketch { type_: 7, optional: true, default: Some("none"), ..PLAIN }, null);
        let _ = out.array(2);
        text(out, "balance");
        schema(out, &Sketch { type_: 8, scale: true, optional: true, ..logical(DECIMAL) }, null);
        let _ = out.array(2);
        text(out, "born");
        schema(out, &Sketch { type_: 2, optional: true, ..logical(DATE) }, null);
    });
}

fn ada(out: &mut Out) {
    let _ = out.array(4);
    text(out, "Ada");
    null(out);
    decimal(out, 2, 12_345);
    tagged(out, 7004, -86_400_000);
}

fn batch(schemas: &[Vec<u8>], values: &[(Option<u32>, Vec<u8>)], headers: bool) -> (Vec<u8>, usize) {
    let batch = written(|out| {
        let _ = out.array(3).and_then(|out| out.array(schemas.len() as u64));
        for schema in schemas {
            out.writer_mut().extend_from_slice(schema);
        }
        let _ = out.array(values.len() as u64);
        for (id, (schema, value)) in (0_u32..).zip(values) {
            record(out, id, *schema, value, headers);
        }
        let _ = out.array(1).and_then(|out| out.array(2));
        text(out, TOPIC);
        let _ = out.u8(0);
    });
    (batch, values.len())
}

fn record(out: &mut Out, id: u32, schema: Option<u32>, value: &[u8], headers: bool) {
    let _ = out.array(8).and_then(|out| out.u32(id));
    text(out, TOPIC);
    let _ = out.u8(0).and_then(|out| out.i64(1_600_000_000_000));
    let _ = out.array(2);
    null(out);
    // Every other record has a key.
    if id.is_multiple_of(2) {
        text(out, "key")
    } else {
        null(out)
    }
    let _ = out.array(2);
    match schema {
        Some(index) => {
            let _ = out.u32(index);
        }
        None => null(out),
    }
    out.writer_mut().extend_from_slice(value);
    if headers {
        let _ = out.array(4);
        header(out, "h1", |out| text(out, "one"));
        header(out, "h1", |out| tagged(out, 7003, 7));
        header(out, "empty", null);
        header(out, "list", |out| {
            let _ = out.array(1).and_then(|out| out.bool(true));
        });
    } else {
        let _ = out.array(0);
    }
    let _ =
        out.array(3).and_then(|out| out.u8(0)).and_then(|out| out.i64(FIRST_OFFSET + i64::from(id))).and_then(|out| out.u8(1));
}

fn header(out: &mut Out, name: &str, value: impl FnOnce(&mut Out)) {
    let _ = out.array(3);
    text(out, name);
    null(out);
    value(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::index::Index;

    #[test]
    fn samples_are_batches_of_the_grammar() {
        for samples in Samples::ALL {
            let (batch, count) = samples.batch();
            let index = Index::of(&batch).unwrap();
            assert_eq!(index.len(), count, "{samples:?}");
            assert!(index.counts_from_zero().is_ok());
        }
        assert_eq!(Index::of(&empty()).unwrap().len(), 0);
        assert_eq!(Index::of(&eight_fields(20)).unwrap().len(), 20);
    }
}
