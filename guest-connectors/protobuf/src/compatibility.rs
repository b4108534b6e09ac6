//! Whether one message reads what another writes.

use prost_reflect::{Kind, MessageDescriptor};

/// Checks the fields that both have by their numbers. Why not, if not.
pub fn check(written: &MessageDescriptor, read: &MessageDescriptor) -> Result<(), String> {
    below(written, read, &mut Vec::new())
}

fn below(written: &MessageDescriptor, read: &MessageDescriptor, seen: &mut Vec<String>) -> Result<(), String> {
    if seen.iter().any(|name| name == written.full_name()) {
        return Ok(());
    }
    seen.push(written.full_name().to_owned());
    for field in written.fields() {
        let Some(other) = read.get_field(field.number()) else { continue };
        match (field.kind(), other.kind()) {
            (Kind::Message(one), Kind::Message(other)) => below(&one, &other, seen)?,
            // Text is bytes; enums are numbers.
            (one, another) if class(&one) == class(&another) && field.is_list() == other.is_list() => {}
            _ => return Err(format!("{} and {} have one number and different types", field.full_name(), other.full_name())),
        }
    }
    match read.fields().find(|field| field.is_required() && written.get_field(field.number()).is_none()) {
        Some(field) => Err(format!("{} is required", field.full_name())),
        None => Ok(()),
    }
}

/// Types of one class are read as each other.
fn class(kind: &Kind) -> u8 {
    match kind {
        Kind::Int32 | Kind::Uint32 | Kind::Int64 | Kind::Uint64 | Kind::Bool | Kind::Enum(_) => 0,
        Kind::Sint32 | Kind::Sint64 => 1,
        Kind::Fixed32 | Kind::Sfixed32 => 2,
        Kind::Fixed64 | Kind::Sfixed64 => 3,
        Kind::Float => 4,
        Kind::Double => 5,
        Kind::String | Kind::Bytes => 6,
        Kind::Message(_) => 7,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_one_number_have_one_class() {
        let message = |fields: &str| {
            let text =
                format!("message M {{ {fields} }} message A {{ optional int32 x = 1; }} message B {{ optional string x = 1; }}");
            crate::definition::message_at(&crate::definition::compile(&text, &[]).unwrap(), &[0]).unwrap()
        };
        let is = |one: &str, other: &str| check(&message(one), &message(other)).is_ok();
        assert!(is("optional int32 a = 1;", "optional int64 b = 1; optional string c = 2;"));
        assert!(is("optional string a = 1; optional M m = 2;", "optional bytes a = 1; optional M m = 2;"));
        assert!(!is("optional int32 a = 1;", "optional sint32 a = 1;"));
        assert!(!is("optional int32 a = 1;", "repeated int32 a = 1;"));
        assert!(!is("optional A a = 1;", "optional B a = 1;"));
        assert!(!is("", "required int32 a = 1;"));
    }
}
