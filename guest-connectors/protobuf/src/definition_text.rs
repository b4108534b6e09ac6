//! A Connect schema as the text of a .proto file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Schema, Type};

use crate::names;
use crate::options::{self, Options};
use crate::scalar::Scalar;
use crate::well_known::{self, Logical};

const DEFAULT_NAME: &str = "ConnectDefault";
const OPTIONAL: &str = "optional ";
/// Parameters of a field's options.
pub const CONNECT_TYPE: &str = "connect.type";
pub const PRECISION: &str = "precision";
pub const SCALE: &str = "scale";
/// The parameter of a Decimal schema that has no place of its own there.
pub const CONNECT_PRECISION: &str = "connect.decimal.precision";

/// The text, and the full name of the message that the schema became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub message: String,
}

#[derive(Debug, Default)]
struct Message {
    name: String,
    /// What it is the message of.
    schema: Option<Schema>,
    fields: Vec<Field>,
    oneofs: Vec<(String, Vec<Field>)>,
    messages: Vec<Message>,
    enums: Vec<Enum>,
}

#[derive(Debug)]
struct Field {
    label: &'static str,
    type_: String,
    name: String,
    number: i32,
    meta: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Enum {
    name: String,
    symbols: Vec<(String, i32)>,
}

/// Writes the text of a schema. `DataException` for what Protobuf has no words for.
pub fn write(schema: &Schema, options: &Options) -> Result<Text, Error> {
    if let Some(scalar) = Scalar::for_connect(schema.type_()) {
        if LogicalType::of(schema).is_some() {
            return Err(unsupported(schema, "a logical type can be a field's, not that of a whole key or value"));
        }
        let text = well_known::source(well_known::WRAPPERS).unwrap_or_default().to_owned();
        return Ok(Text { text, message: well_known::wrapper(scalar).to_owned() });
    }
    if schema.type_() != Type::Struct {
        return Err(unsupported(schema, "only a struct or a primitive can be a whole key or value"));
    }
    let mut writer = Writer { options, default_names: 0, imports: BTreeSet::new(), package: None };
    let full_name = writer.name_or_default(schema.name());
    // As Java's String.split, which drops the empty parts at the end.
    let (package, name) = names::split(full_name.trim_end_matches('.'));
    let name = writer.scrubbed(name);
    writer.package = package.map(|package| package.split('.').map(|part| writer.scrubbed(part)).collect::<Vec<_>>().join("."));
    let message = writer.message(name.clone(), schema)?;
    let message_name = writer.package.as_ref().map_or_else(|| name.clone(), |package| format!("{package}.{name}"));
    Ok(Text { text: writer.file(&message), message: message_name })
}

fn unsupported(schema: &Schema, why: &str) -> Error {
    Error::data(format!("{schema} cannot be written as Protobuf: {why}."))
}

struct Writer<'o> {
    options: &'o Options,
    default_names: usize,
    imports: BTreeSet<&'static str>,
    package: Option<String>,
}

impl Writer<'_> {
    fn scrubbed(&self, name: &str) -> String {
        if self.options.scrub_invalid_names { names::scrub(name) } else { name.to_owned() }
    }

    fn name_or_default(&mut self, name: Option<&str>) -> String {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => {
                self.default_names += 1;
                format!("{DEFAULT_NAME}{}", self.default_names)
            }
        }
    }

    fn unqualified(&mut self, name: Option<&str>) -> String {
        let full = self.name_or_default(name);
        self.scrubbed(names::split(&full).1)
    }

    fn message(&mut self, name: String, schema: &Schema) -> Result<Message, Error> {
        let mut message = Message { name, schema: Some(schema.clone()), ..Message::default() };
        let mut next = 1;
        for field in schema.fields() {
            let number = number_of(&field.schema, &mut next)?;
            let name = self.scrubbed(&field.name);
            if options::is_union(&field.schema) {
                self.oneof(&mut message, &field.schema, &mut next)?;
            } else {
                let field = self.field(&mut message, &field.schema, name, number)?;
                message.fields.push(field);
            }
        }
        Ok(message)
    }

    fn oneof(&mut self, message: &mut Message, union: &Schema, next: &mut i32) -> Result<(), Error> {
        let name = match union.parameter(options::GENERALIZED_UNION) {
            Some(name) if self.options.generalized_sum_type_support => name.to_owned(),
            _ => {
                let name = union.name().unwrap_or_default();
                let name = name.strip_prefix(options::UNION).map_or(name, |rest| rest.trim_start_matches('.'));
                self.unqualified(Some(name))
            }
        };
        let mut members = Vec::new();
        for member in union.fields() {
            let number = number_of(&member.schema, next)?;
            let name = self.scrubbed(&member.name);
            members.push(self.field(message, &member.schema, name, number)?);
        }
        message.oneofs.push((name, members));
        Ok(())
    }

    /// A field; what its type needs defined is added to the message that it is in.
    fn field(&mut self, message: &mut Message, schema: &Schema, name: String, number: i32) -> Result<Field, Error> {
        let in_array = schema.type_() == Type::Array;
        let (label, schema) = match schema.type_() {
            Type::Array => ("repeated ", schema.value_schema().ok_or_else(|| unsupported(schema, "its items have no schema"))?),
            Type::Map => ("repeated ", schema),
            _ if self.options.optional_for_nullables && schema.is_optional() => (OPTIONAL, schema),
            _ => ("", schema),
        };
        let mut meta = Vec::new();
        let type_ = match LogicalType::of(schema) {
            Some(logical) => self.logical(logical, schema, &mut meta),
            None => match schema.type_() {
                Type::Array => return Err(unsupported(schema, "an array cannot be an array's item")),
                Type::Map => self.map(message, schema, in_array)?,
                Type::Struct => self.nested(message, schema, &name)?,
                _ if is_enum(schema) => self.enumeration(message, schema)?,
                _ => self.primitive(schema, &mut meta)?,
            },
        };
        if !meta.is_empty() {
            self.imports.insert(well_known::META);
        }
        Ok(Field { label, type_, name, number, meta })
    }

    fn logical(&mut self, logical: LogicalType, schema: &Schema, meta: &mut Vec<(&'static str, String)>) -> String {
        let logical = match logical {
            LogicalType::Decimal => Logical::Decimal,
            LogicalType::Date => Logical::Date,
            LogicalType::Time => Logical::Time,
            LogicalType::Timestamp => Logical::Timestamp,
        };
        if logical == Logical::Decimal {
            for (parameter, name) in [(CONNECT_PRECISION, PRECISION), (caisson_sdk::data::logical::SCALE, SCALE)] {
                meta.extend(schema.parameter(parameter).map(|value| (name, value.to_owned())));
            }
        }
        self.imports.insert(logical.file());
        self.foreign(logical.message())
    }

    /// A name that is found whatever the package is called.
    fn foreign(&self, name: &str) -> String {
        let first = name.split('.').next();
        let hidden = self.package.as_deref().is_some_and(|package| package.split('.').skip(1).any(|part| Some(part) == first));
        if hidden { format!(".{name}") } else { name.to_owned() }
    }

    fn map(&mut self, message: &mut Message, schema: &Schema, in_array: bool) -> Result<String, Error> {
        if in_array {
            return Err(unsupported(schema, "a map cannot be an array's item"));
        }
        let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(unsupported(schema, "its keys or values have no schema"));
        };
        let name = names::map_entry(&self.unqualified(schema.name()));
        if message.defines(&name, schema)? {
            return Ok(name);
        }
        let mut entry = Message { name: name.clone(), schema: Some(schema.clone()), ..Message::default() };
        for (schema, name, number) in [(keys, "key", 1), (values, "value", 2)] {
            let mut field = self.field(&mut entry, schema, name.to_owned(), number)?;
            if field.label == OPTIONAL {
                // Confluent's leaves it out here: an entry without a value is one of its type's default.
                field.label = "";
            }
            entry.fields.push(field);
        }
        message.messages.push(entry);
        Ok(name)
    }

    fn nested(&mut self, message: &mut Message, schema: &Schema, field: &str) -> Result<String, Error> {
        let mut name = self.unqualified(schema.name());
        if name == field {
            // A message and a field of one name cannot stand side by side.
            name.push_str("Message");
        }
        if !message.defines(&name, schema)? {
            let nested = self.message(name.clone(), schema)?;
            message.messages.push(nested);
        }
        Ok(name)
    }

    fn enumeration(&mut self, message: &mut Message, schema: &Schema) -> Result<String, Error> {
        let name = self.unqualified(options::enum_name(schema).filter(|name| !name.is_empty()).or_else(|| schema.name()));
        if message.enums.iter().any(|other| other.name == name) {
            return Ok(name);
        }
        let mut symbols = symbols(schema)?;
        // Proto3 wants the symbol of 0 first.
        symbols.sort_by_key(|(_, number)| *number != 0);
        message.enums.push(Enum { name: name.clone(), symbols });
        Ok(name)
    }

    fn primitive(&mut self, schema: &Schema, meta: &mut Vec<(&'static str, String)>) -> Result<String, Error> {
        let told = schema.parameter(options::TYPE).and_then(Scalar::named);
        let scalar = match (schema.type_(), told) {
            (Type::Int32 | Type::Int64, Some(scalar)) if scalar.connect_type() == schema.type_() => scalar,
            (type_, _) => Scalar::for_connect(type_).ok_or_else(|| unsupported(schema, "it is no primitive"))?,
        };
        if matches!(schema.type_(), Type::Int8 | Type::Int16) {
            meta.push((CONNECT_TYPE, schema.type_().lower_name().to_owned()));
        }
        if self.options.wrapper_for_nullables && schema.is_optional() {
            self.imports.insert(well_known::WRAPPERS);
            return Ok(self.foreign(well_known::wrapper(scalar)));
        }
        Ok(scalar.name().to_owned())
    }

    fn file(&self, message: &Message) -> String {
        let mut text = String::from("syntax = \"proto3\";\n");
        if let Some(package) = &self.package {
            let _ = writeln!(text, "package {package};");
        }
        text.push('\n');
        for import in &self.imports {
            let _ = writeln!(text, "import \"{import}\";");
        }
        if !self.imports.is_empty() {
            text.push('\n');
        }
        message.write(&mut text, "");
        text
    }
}

/// Whether the message of one schema is right for another, which may lack fields that are not followed deeper.
fn describes(defined: &Schema, used: &Schema) -> bool {
    let part = |defined: Option<&Schema>, used: Option<&Schema>| match (defined, used) {
        (Some(defined), Some(used)) => describes(defined, used),
        (defined, used) => defined.is_none() && used.is_none(),
    };
    defined.is_same(used)
        || (defined.type_() == used.type_()
            && LogicalType::of(defined) == LogicalType::of(used)
            && part(defined.key_schema(), used.key_schema())
            && part(defined.value_schema(), used.value_schema())
            && used.fields().iter().all(|field| {
                let same = defined.field(&field.name).map(|(_, field)| &field.schema);
                same.is_some_and(|same| same.is_optional() == field.schema.is_optional() && describes(same, &field.schema))
            }))
}

/// Whether a string or number stands for an enum's symbol.
fn is_enum(schema: &Schema) -> bool {
    matches!(schema.type_(), Type::String | Type::Int32) && options::is_enum(schema)
}

/// The symbols of an enum's schema with their numbers. `DataException` for a number that is none.
pub fn symbols(schema: &Schema) -> Result<Vec<(String, i32)>, Error> {
    let mut symbols = Vec::new();
    for (parameter, value) in schema.parameters() {
        let Some(symbol) = options::symbol_of(parameter) else { continue };
        let number = value.parse().map_err(|_| Error::data(format!("The enum {schema} gives {symbol} the number {value:?}.")))?;
        symbols.push((symbol.to_owned(), number));
    }
    Ok(symbols)
}

/// The number that a schema's parameters tell, or else the next.
fn number_of(schema: &Schema, next: &mut i32) -> Result<i32, Error> {
    match schema.parameter(options::TAG) {
        Some(text) => {
            text.parse().map_err(|_| Error::data(format!("{text:?} in {} of {schema} is no field number.", options::TAG)))
        }
        None if options::is_union(schema) => Ok(0),
        None => {
            *next += 1;
            Ok(*next - 1)
        }
    }
}

impl Message {
    /// Whether a message of that name is there, itself or in it, for a struct called like the one it is in means that one again.
    /// `DataException` when it is another.
    fn defines(&self, name: &str, schema: &Schema) -> Result<bool, Error> {
        let same = if self.name == name { Some(self) } else { self.messages.iter().find(|other| other.name == name) };
        let Some(defined) = same.and_then(|message| message.schema.as_ref()) else { return Ok(false) };
        if !describes(defined, schema) {
            return Err(Error::data(format!("Two different schemas in the message {} would both be called {name}.", self.name)));
        }
        Ok(true)
    }

    fn write(&self, text: &mut String, indent: &str) {
        let inner = format!("{indent}  ");
        let _ = writeln!(text, "{indent}message {} {{", self.name);
        for field in &self.fields {
            field.write(text, &inner, field.label);
        }
        for (name, members) in &self.oneofs {
            let _ = writeln!(text, "{inner}oneof {name} {{");
            for member in members {
                member.write(text, &format!("{inner}  "), "");
            }
            let _ = writeln!(text, "{inner}}}");
        }
        for message in &self.messages {
            text.push('\n');
            message.write(text, &inner);
        }
        for symbols in &self.enums {
            text.push('\n');
            symbols.write(text, &inner);
        }
        let _ = writeln!(text, "{indent}}}");
    }
}

impl Field {
    fn write(&self, text: &mut String, indent: &str, label: &str) {
        let _ = write!(text, "{indent}{label}{} {} = {}", self.type_, self.name, self.number);
        if !self.meta.is_empty() {
            let _ = write!(text, " [(confluent.field_meta) = {{\n{indent}  params: [");
            for (index, (key, value)) in self.meta.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                let _ = write!(
                    text,
                    "{comma}\n{indent}    {{\n{indent}      key: {key:?},\n{indent}      value: {value:?}\n{indent}    }}"
                );
            }
            let _ = write!(text, "\n{indent}  ]\n{indent}}}]");
        }
        text.push_str(";\n");
    }
}

impl Enum {
    fn write(&self, text: &mut String, indent: &str) {
        let _ = writeln!(text, "{indent}enum {} {{", self.name);
        let numbers: BTreeSet<i32> = self.symbols.iter().map(|(_, number)| *number).collect();
        if numbers.len() < self.symbols.len() {
            let _ = writeln!(text, "{indent}  option allow_alias = true;");
        }
        for (symbol, number) in &self.symbols {
            let _ = writeln!(text, "{indent}  {symbol} = {number};");
        }
        let _ = writeln!(text, "{indent}}}");
    }
}
