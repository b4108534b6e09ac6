//! Whether what was written under one Avro schema can be read under another (the specification's schema resolution).

use crate::schema::{AvroSchema, Kind, NodeId};

/// Why `reader` cannot read what `writer` writes; none: it can.
pub fn obstacle(reader: &AvroSchema, writer: &AvroSchema) -> Option<String> {
    Check { reader, writer, under_way: Vec::new() }.obstacle(reader.root(), writer.root())
}

struct Check<'s> {
    reader: &'s AvroSchema,
    writer: &'s AvroSchema,
    /// Pairs of records that are being compared, and are taken to fit meanwhile.
    under_way: Vec<(NodeId, NodeId)>,
}

impl Check<'_> {
    fn obstacle(&mut self, read: NodeId, written: NodeId) -> Option<String> {
        if self.under_way.contains(&(read, written)) {
            return None;
        }
        let (reader, writer) = (self.reader, self.writer);
        let (to, from) = (&reader.node(read).kind, &writer.node(written).kind);
        let mismatch = || Some(format!("{} is not read as {}", writer.node(written).full_name(), reader.node(read).full_name()));
        match (to, from) {
            (_, Kind::Union(branches)) => branches.iter().find_map(|branch| self.obstacle(read, *branch)),
            (Kind::Union(branches), _) => match branches.iter().any(|branch| self.obstacle(*branch, written).is_none()) {
                true => None,
                false => mismatch(),
            },
            (Kind::Array(to), Kind::Array(from)) | (Kind::Map(to), Kind::Map(from)) => self.obstacle(*to, *from),
            (Kind::Fixed(to), Kind::Fixed(from)) if to.name == from.name && to.size == from.size => None,
            (Kind::Enum(to), Kind::Enum(from)) if to.name == from.name => {
                let unknown = from.symbols.iter().find(|symbol| !to.symbols.contains(symbol)).filter(|_| to.default.is_none());
                unknown.map(|symbol| format!("{} has no symbol {symbol}", to.name.full()))
            }
            (Kind::Record(to), Kind::Record(from)) if to.name == from.name => {
                self.under_way.push((read, written));
                let found = to.fields.iter().find_map(|field| match from.fields.iter().find(|own| own.name == field.name) {
                    Some(own) => self.obstacle(field.node, own.node),
                    None if field.default.is_some() => None,
                    None => Some(format!("field {} of {} has no default", field.name, to.name.full())),
                });
                self.under_way.pop();
                found
            }
            (Kind::Array(_) | Kind::Map(_) | Kind::Fixed(_) | Kind::Enum(_) | Kind::Record(_), _) => mismatch(),
            (to, from) if to == from || is_promoted(to, from) => None,
            _ => mismatch(),
        }
    }
}

fn is_promoted(to: &Kind, from: &Kind) -> bool {
    matches!(
        (to, from),
        (Kind::Long | Kind::Float | Kind::Double, Kind::Int)
            | (Kind::Float | Kind::Double, Kind::Long)
            | (Kind::Double, Kind::Float)
            | (Kind::String, Kind::Bytes)
            | (Kind::Bytes, Kind::String)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(reader: &str, writer: &str) -> Option<String> {
        obstacle(&AvroSchema::parse(reader, &[]).unwrap(), &AvroSchema::parse(writer, &[]).unwrap())
    }

    #[test]
    fn fields_may_come_and_go() {
        let one = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#;
        let two = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"long"},{"name":"b","type":"int","default":0}]}"#;
        let three = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}"#;
        assert_eq!(found(two, one), None);
        assert_eq!(found(one, three), None);
        assert_eq!(found(three, one).unwrap(), "field b of R has no default");
        assert!(found(one, two).unwrap().contains("long is not read as int"));
    }

    #[test]
    fn unions_and_recursion_are_compared() {
        assert_eq!(found(r#"["null","long"]"#, r#""int""#), None);
        assert!(found(r#""int""#, r#"["null","int"]"#).is_some());
        let list = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
        assert_eq!(found(list, list), None);
        assert!(
            found(r#"{"type":"enum","name":"E","symbols":["A"]}"#, r#"{"type":"enum","name":"E","symbols":["A","B"]}"#).is_some()
        );
    }
}
