//! The text of a .proto file as descriptors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::encoding::{WireType, encode_key};
use prost_reflect::{FileDescriptor, MessageDescriptor, Syntax};
use protox::Compiler;
use protox::file::{File, FileResolver, GoogleFileResolver};

use crate::scalar::push_delimited;
use crate::well_known;

/// What the file itself is called, which no schema says.
const ROOT: &str = "default";

/// A file that a schema imports by that name: a reference of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub name: String,
    pub text: String,
}

struct Sources {
    root: String,
    imports: Vec<Import>,
}

impl FileResolver for Sources {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == ROOT {
            return file(name, &self.root);
        }
        if let Some(import) = self.imports.iter().find(|import| import.name == name) {
            return file(name, &import.text);
        }
        match well_known::source(name) {
            Some(text) => File::from_source(name, text),
            None => GoogleFileResolver::new().open_file(name),
        }
    }
}

/// A file in either form that registries have it in: its text, or its descriptor in base64, as Confluent's clients in other languages
/// register it.
fn file(name: &str, text: &str) -> Result<File, protox::Error> {
    match STANDARD.decode(text.trim()) {
        Ok(mut descriptor) if !descriptor.is_empty() => {
            // The last of a field counts, so this is what the file is called.
            encode_key(1, WireType::LengthDelimited, &mut descriptor);
            push_delimited(&mut descriptor, name.as_bytes());
            File::decode_file_descriptor_proto(descriptor.as_slice()).map_err(protox::Error::new)
        }
        _ => File::from_source(name, text),
    }
}

/// Compiles a text. A message for people when it, or what it imports, is no .proto file.
pub fn compile(text: &str, imports: &[Import]) -> Result<FileDescriptor, String> {
    let sources = Sources { root: text.to_owned(), imports: imports.to_vec() };
    let mut compiler = Compiler::with_file_resolver(sources);
    compiler.open_file(ROOT).map_err(|error| error.to_string())?;
    compiler.descriptor_pool().get_file_by_name(ROOT).ok_or_else(|| "it defines nothing".to_owned())
}

/// The message at a path of positions: among the file's, among the messages within that, and so on.
pub fn message_at(file: &FileDescriptor, path: &[i32]) -> Option<MessageDescriptor> {
    let (first, inner) = path.split_first()?;
    let mut message = file.messages().nth(usize::try_from(*first).ok()?)?;
    for index in inner {
        // The messages of map entries are not written in the text, but protoc puts them in its descriptors.
        let next = message.child_messages().filter(|child| !child.is_map_entry()).nth(usize::try_from(*index).ok()?)?;
        message = next;
    }
    Some(message)
}

/// The path of positions of a message, by its full name.
pub fn path_of(file: &FileDescriptor, full_name: &str) -> Option<Vec<i32>> {
    find(&mut file.messages(), full_name)
}

fn find(messages: &mut dyn Iterator<Item = MessageDescriptor>, full_name: &str) -> Option<Vec<i32>> {
    for (index, message) in (0..).zip(messages) {
        if message.full_name() == full_name {
            return Some(vec![index]);
        }
        let mut children = message.child_messages().filter(|child| !child.is_map_entry());
        if full_name.starts_with(message.full_name())
            && let Some(mut path) = find(&mut children, full_name)
        {
            path.insert(0, index);
            return Some(path);
        }
    }
    None
}

/// Whether text of a message may be any bytes.
pub fn is_lossy(message: &MessageDescriptor) -> bool {
    message.parent_file().syntax() == Syntax::Proto2
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        syntax = "proto3";
        package a.b;
        import "other.proto";
        import "google/protobuf/timestamp.proto";
        import "confluent/meta.proto";
        message First { map<string, First> m = 1; message Inner { message Deep {} } message Last {} }
        message Second { c.Other other = 1; google.protobuf.Timestamp at = 2; }
    "#;

    fn file() -> FileDescriptor {
        let other = Import { name: "other.proto".to_owned(), text: "package c; message Other {}".to_owned() };
        compile(FILE, &[other]).unwrap()
    }

    #[test]
    fn messages_have_paths_without_those_of_maps() {
        let file = file();
        for (name, path) in [
            ("a.b.First", vec![0]),
            ("a.b.Second", vec![1]),
            ("a.b.First.Inner", vec![0, 0]),
            ("a.b.First.Inner.Deep", vec![0, 0, 0]),
            ("a.b.First.Last", vec![0, 1]),
        ] {
            assert_eq!(path_of(&file, name).as_deref(), Some(path.as_slice()));
            assert_eq!(message_at(&file, &path).unwrap().full_name(), name);
        }
        assert_eq!(path_of(&file, "a.b.Third"), None);
        for path in [&[][..], &[2], &[-1], &[0, 7]] {
            assert!(message_at(&file, path).is_none());
        }
    }

    #[test]
    fn a_file_may_be_its_descriptor() {
        let text = "syntax = \"proto3\"; package c; import \"confluent/meta.proto\"; \
            message Other { int32 a = 1 [(confluent.field_meta) = { params: [{ key: \"connect.type\", value: \"int8\" }] }]; }";
        let descriptor = STANDARD.encode(compile(text, &[]).unwrap().encode_to_vec());
        let other = Import { name: "other.proto".to_owned(), text: descriptor.clone() };
        assert_eq!(path_of(&compile(FILE, &[other]).unwrap(), "a.b.Second"), Some(vec![1]));
        let file = compile(&descriptor, &[]).unwrap();
        let plan = crate::reading::plan(&message_at(&file, &[0]).unwrap(), None, &crate::options::Options::default(), 0).unwrap();
        assert_eq!(plan.schema.fields()[0].schema.type_(), caisson_sdk::Type::Int8);
        assert!(compile(&descriptor[4..], &[]).is_err());
    }

    #[test]
    fn what_is_no_file_is_told() {
        assert!(compile("message {", &[]).is_err());
        assert!(compile(FILE, &[]).unwrap_err().contains("other.proto"));
        assert!(compile("message A { optional Missing m = 1; }", &[]).unwrap_err().contains("Missing"));
    }
}
