//! One schema for the items of an array, or the keys or values of a map (`Values.SchemaMerger`).

use crate::data::schema::{Schema, Type};

/// What the values seen so far have in common.
#[derive(Debug, Default)]
pub struct Merger {
    common: Option<Schema>,
    incompatible: bool,
}

impl Merger {
    /// One more value's schema; none for a null.
    pub fn add(&mut self, schema: Option<&Schema>) {
        let Some(schema) = schema.filter(|_| !self.incompatible) else { return };
        self.common = match self.common.take() {
            None => Some(schema.clone()),
            Some(common) => merged(common, schema),
        };
        self.incompatible = self.common.is_none();
    }

    /// None where there were only nulls, or nothing in common.
    pub fn schema(&self) -> Option<&Schema> {
        self.common.as_ref()
    }
}

/// The order in which numbers grow wider.
fn width(type_: Type) -> Option<u8> {
    match type_ {
        Type::Int8 => Some(0),
        Type::Int16 => Some(1),
        Type::Int32 => Some(2),
        Type::Int64 => Some(3),
        Type::Float32 => Some(4),
        Type::Float64 => Some(5),
        _ => None,
    }
}

fn merged(previous: Schema, next: &Schema) -> Option<Schema> {
    if previous.type_() != next.type_() {
        let (old, new) = (width(previous.type_())?, width(next.type_())?);
        return Some(if new > old { next.clone() } else { previous });
    }
    if previous.is_optional() == next.is_optional() {
        return Some(if previous.is_optional() { previous } else { next.clone() });
    }
    (previous == *next).then_some(previous)
}
