//! The two forms of a transformation: on the record's key, and on its value.

use caisson_sdk::{Datum, Record};

/// Which datum of a record a transformation works on.
pub trait Side {
    /// What the Java class has after its name.
    const SUFFIX: &'static str;

    /// The datum.
    fn datum<'r, 'b>(record: &'r mut Record<'b>) -> &'r mut Datum<'b>;

    /// The datum, taken out.
    fn take<'b>(record: &mut Record<'b>) -> Datum<'b> {
        std::mem::replace(Self::datum(record), Datum::NULL)
    }
}

/// `$Key`.
#[derive(Debug)]
pub struct Key;

/// `$Value`.
#[derive(Debug)]
pub struct Value;

impl Side for Key {
    const SUFFIX: &'static str = "$Key";

    fn datum<'r, 'b>(record: &'r mut Record<'b>) -> &'r mut Datum<'b> {
        &mut record.key
    }
}

impl Side for Value {
    const SUFFIX: &'static str = "$Value";

    fn datum<'r, 'b>(record: &'r mut Record<'b>) -> &'r mut Datum<'b> {
        &mut record.value
    }
}

/// The full Java name of a transformation's form.
pub fn class<S: Side>(name: &str) -> String {
    format!("org.apache.kafka.connect.transforms.{name}{}", S::SUFFIX)
}
