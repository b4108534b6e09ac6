//! What a message is in Connect: its schema, and a plan to read its bytes by.

use std::sync::Arc;

use caisson_sdk::data::logical;
use caisson_sdk::{Error, Schema, SchemaBuilder, Struct, Type, Value};
use prost_reflect::{
    EnumDescriptor, FieldDescriptor, Kind as ProtoKind, MessageDescriptor, OneofDescriptor, Value as ProtoValue,
};

use crate::definition::is_lossy;
use crate::definition_text::{CONNECT_PRECISION, CONNECT_TYPE, PRECISION, SCALE};
use crate::names;
use crate::options::{GENERALIZED_UNION, Options, TAG, TYPE, UNION};
use crate::scalar::Scalar;
use crate::well_known::{self, Logical};

/// A schema of more fields would be no help to anybody, and a few nested messages that contain each other make one quickly.
const MOST_FIELDS: usize = 10_000;

/// How to read a whole value.
#[derive(Debug, Clone)]
pub struct Plan {
    pub schema: Schema,
    pub root: Root,
}

/// What a whole value is.
#[derive(Debug, Clone)]
pub enum Root {
    Message(Arc<Message>),
    /// A message that wraps one primitive.
    Wrapper(Primitive),
}

/// How to read a message.
#[derive(Debug)]
pub struct Message {
    pub schema: Schema,
    /// In the order of their numbers.
    pub fields: Vec<Field>,
    /// What the fields of the struct are until they are read.
    pub absent: Vec<Value<'static>>,
    /// Text may be any bytes.
    pub lossy: bool,
}

/// How to read a field of a message.
#[derive(Debug)]
pub struct Field {
    pub number: u32,
    pub slot: Slot,
    pub repeated: bool,
    pub kind: Kind,
}

/// Where the value of a field goes.
#[derive(Debug)]
pub enum Slot {
    /// To the field of the struct at that position.
    Field(usize),
    /// To a field of the union at that position.
    Member(usize, Schema, usize),
    /// To the field at the first position, and those at the others become null: a union without a struct of its own.
    OneOf(usize, Vec<usize>),
}

/// A primitive with the type that its schema has.
#[derive(Debug, Clone, Copy)]
pub struct Primitive {
    pub scalar: Scalar,
    pub type_: Type,
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    Scalar(Primitive),
    Wrapper(Primitive),
    /// Symbols by number; the numbers themselves where there is no name.
    Enum(Option<Symbols>),
    Logical(Logical),
    Message(Arc<Message>),
    Map(Arc<Entry>),
    /// A message that contains itself, deeper than the schema goes.
    Cut,
}

/// The symbols of an enum.
#[derive(Debug)]
pub struct Symbols {
    pub name: String,
    pub symbols: Vec<(i32, String)>,
}

/// How to read the entries of a map.
#[derive(Debug)]
pub struct Entry {
    pub key: Field,
    pub value: Field,
    pub absent: [Value<'static>; 2],
    pub lossy: bool,
}

/// Builds the plan for a message. A message type is followed into itself `depth` times. `DataException` for groups and for schemas
/// without end.
pub fn plan(message: &MessageDescriptor, version: Option<i32>, options: &Options, depth: usize) -> Result<Plan, Error> {
    let unwrapped = well_known::wrapped(message).filter(|_| options.wrapper_for_raw_primitives);
    if let Some(scalar) = unwrapped {
        let type_ = scalar.connect_type();
        let builder = SchemaBuilder::new(type_);
        let schema = versioned(builder, version).build()?;
        return Ok(Plan { schema, root: Root::Wrapper(Primitive { scalar, type_ }) });
    }
    let mut planner = Planner { options, depth, path: Vec::new(), fields: 0 };
    let (builder, make) = planner.message(message)?;
    let schema = versioned(builder, version).build()?;
    Ok(Plan { root: Root::Message(Arc::new(make.with(schema.clone()))), schema })
}

fn versioned(builder: SchemaBuilder, version: Option<i32>) -> SchemaBuilder {
    match version {
        Some(version) => builder.version(version),
        None => builder,
    }
}

struct Planner<'o> {
    options: &'o Options,
    depth: usize,
    /// The messages around, outermost first.
    path: Vec<String>,
    fields: usize,
}

/// A message that lacks its schema, which its place has a say in.
struct Unnamed {
    fields: Vec<Field>,
    absent: Vec<Value<'static>>,
    lossy: bool,
}

impl Unnamed {
    fn with(self, schema: Schema) -> Message {
        Message { schema, fields: self.fields, absent: self.absent, lossy: self.lossy }
    }
}

/// What a field's kind is before its schema is built.
enum Making {
    Kind(Kind),
    Struct(Unnamed),
}

impl Planner<'_> {
    fn message(&mut self, message: &MessageDescriptor) -> Result<(SchemaBuilder, Unnamed), Error> {
        self.path.push(message.full_name().to_owned());
        let name = if self.options.enhanced_schema_support { message.full_name() } else { message.name() };
        let mut building = Building {
            builder: SchemaBuilder::structure().name(name),
            made: Unnamed { fields: Vec::new(), absent: Vec::new(), lossy: is_lossy(message) },
        };
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            self.oneof(&oneof, &mut building)?;
        }
        for declared in &message.descriptor_proto().field {
            let Some(field) = u32::try_from(declared.number()).ok().and_then(|number| message.get_field(number)) else {
                continue;
            };
            if field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic()) {
                let (schema, kind) = self.field(&field)?;
                let absent = self.absent(&field, &kind);
                building.add(&field, schema, kind, absent, Slot::Field);
            }
        }
        building.made.fields.sort_by_key(|field| field.number);
        self.path.pop();
        Ok((building.builder, building.made))
    }

    fn oneof(&mut self, oneof: &OneofDescriptor, building: &mut Building) -> Result<(), Error> {
        let members: Vec<FieldDescriptor> = oneof.fields().collect();
        if self.options.flatten_unions {
            let first = building.made.absent.len();
            let mut made = Vec::new();
            for field in members {
                let (schema, kind) = self.field(&field)?;
                made.push((field, schema, kind));
            }
            let count = made.iter().filter(|(_, schema, _)| schema.is_some()).count();
            for (field, schema, kind) in made {
                building.add(&field, schema, kind, Value::Null, |position| {
                    Slot::OneOf(position, (first..first + count).filter(|other| *other != position).collect())
                });
            }
            return Ok(());
        }
        let mut builder = SchemaBuilder::structure();
        builder = if self.options.generalized_sum_type_support {
            builder.name(oneof.name()).parameter(GENERALIZED_UNION, oneof.name())
        } else {
            let name = if self.options.enhanced_schema_support { oneof.full_name() } else { oneof.name() };
            builder.name(format!("{UNION}.{name}"))
        };
        let mut made = Vec::new();
        for field in members {
            let (schema, kind) = self.field(&field)?;
            made.push((field.number(), schema.is_some(), kind));
            if let Some(schema) = schema {
                builder = builder.field(field.name(), schema);
            }
        }
        let union = builder.optional().build()?;
        let position = building.made.absent.len();
        let mut member = 0;
        for (number, kept, kind) in made {
            let slot = Slot::Member(position, union.clone(), member);
            member += usize::from(kept);
            building.made.fields.push(Field { number, slot, repeated: false, kind });
        }
        let index = if self.options.generate_index_for_unions { format!("_{}", oneof_index(oneof)) } else { String::new() };
        let name = format!("{}{index}", oneof.name());
        building.builder = std::mem::replace(&mut building.builder, SchemaBuilder::structure()).field(name, union);
        building.made.absent.push(Value::Null);
        Ok(())
    }

    /// A field's schema, none where it is cut, and what it holds.
    fn field(&mut self, field: &FieldDescriptor) -> Result<(Option<Schema>, Kind), Error> {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            let name = self.path.first().map_or("", String::as_str);
            return Err(Error::data(format!(
                "The message {name} has, with all that it contains, more than {MOST_FIELDS} fields."
            )));
        }
        let (mut builder, making) = match field.kind() {
            ProtoKind::Message(message) => match self.composite(field, &message)? {
                Some(composite) => composite,
                None => return Ok((None, Kind::Cut)),
            },
            ProtoKind::Enum(symbols) => self.enumeration(&symbols),
            kind => primitive(field, &kind)?,
        };
        let is_map = matches!(making, Making::Kind(Kind::Map(_)));
        let mut kind = None;
        let making = match making {
            Making::Kind(done) => {
                kind = Some(done);
                None
            }
            Making::Struct(made) => Some(made),
        };
        if field.is_list() && !is_map {
            let items = builder.optional().build()?;
            kind = kind.or_else(|| making.map(|made| Kind::Message(Arc::new(made.with(items.clone())))));
            let array = SchemaBuilder::array(items).optional().parameter(TAG, field.number().to_string());
            return Ok((Some(array.build()?), kind.unwrap_or(Kind::Cut)));
        }
        if self.is_optional_in_connect(field) {
            builder = builder.optional();
        }
        let schema = builder.parameter(TAG, field.number().to_string()).build()?;
        kind = kind.or_else(|| making.map(|made| Kind::Message(Arc::new(made.with(schema.clone())))));
        Ok((Some(schema), kind.unwrap_or(Kind::Cut)))
    }

    fn is_optional_in_connect(&self, field: &FieldDescriptor) -> bool {
        if Scalar::of(&field.kind()).is_none() {
            return true;
        }
        match (self.options.optional_for_nullables, self.options.wrapper_for_nullables) {
            (true, _) => has_optional_keyword(field),
            (false, wrapped) => !wrapped,
        }
    }

    /// A message as a map, logical type, primitive or struct; none where it is cut.
    fn composite(
        &mut self,
        field: &FieldDescriptor,
        message: &MessageDescriptor,
    ) -> Result<Option<(SchemaBuilder, Making)>, Error> {
        if field.is_group() {
            let name = field.full_name();
            return Err(Error::data(format!("The field {name} is a group, which has no counterpart in Connect.")));
        }
        if let Some(logical) = Logical::of(message) {
            return Ok(Some((logical_schema(logical, field), Making::Kind(Kind::Logical(logical)))));
        }
        let unwraps = self.options.wrapper_for_nullables || self.options.wrapper_for_raw_primitives;
        if let Some(scalar) = well_known::wrapped(message).filter(|_| unwraps) {
            let type_ = scalar.connect_type();
            return Ok(Some((SchemaBuilder::new(type_), Making::Kind(Kind::Wrapper(Primitive { scalar, type_ })))));
        }
        if is_map(field, message) {
            return self.map(message);
        }
        let inside = self.path.iter().filter(|name| *name == message.full_name()).count();
        if inside > self.depth {
            return Ok(None);
        }
        let (builder, made) = self.message(message)?;
        Ok(Some((builder, Making::Struct(made))))
    }

    fn map(&mut self, entry: &MessageDescriptor) -> Result<Option<(SchemaBuilder, Making)>, Error> {
        let name = names::map_field(if self.options.enhanced_schema_support { entry.full_name() } else { entry.name() });
        let mut parts = Vec::new();
        for number in [1, 2] {
            let Some(field) = entry.get_field(number) else { return Ok(None) };
            let (Some(schema), kind) = self.field(&field)? else { return Ok(None) };
            let absent = match &kind {
                Kind::Message(message) => default_struct(message),
                kind => default_of(&field, kind),
            };
            parts.push((schema, Field { number, slot: Slot::Field(parts.len()), repeated: false, kind }, absent));
        }
        let (Some((values, value, absent_value)), Some((keys, key, absent_key))) = (parts.pop(), parts.pop()) else {
            return Ok(None);
        };
        let entry = Entry { key, value, absent: [absent_key, absent_value], lossy: is_lossy(entry) };
        Ok(Some((SchemaBuilder::map(keys, values).name(name), Making::Kind(Kind::Map(Arc::new(entry))))))
    }

    fn enumeration(&self, symbols: &EnumDescriptor) -> (SchemaBuilder, Making) {
        let name = if self.options.enhanced_schema_support { symbols.full_name() } else { symbols.name() };
        let type_ = if self.options.int_for_enums { Type::Int32 } else { Type::String };
        let parameter = self.options.enum_parameter();
        let mut builder = SchemaBuilder::new(type_).name(name).parameter(parameter, symbols.name());
        for symbol in declared_symbols(symbols) {
            builder = builder.parameter(format!("{parameter}.{}", symbol.1), symbol.0.to_string());
        }
        let named = (!self.options.int_for_enums)
            .then(|| Symbols { name: symbols.name().to_owned(), symbols: declared_symbols(symbols) });
        (builder, Making::Kind(Kind::Enum(named)))
    }

    /// What the field is when the message does not have it.
    fn absent(&self, field: &FieldDescriptor, kind: &Kind) -> Value<'static> {
        if field.is_list() || matches!(kind, Kind::Map(_)) {
            return match kind {
                Kind::Map(_) => Value::Map(Vec::new()),
                _ => Value::Array(Vec::new()),
            };
        }
        let declared = field.field_descriptor_proto();
        let optional = declared.proto3_optional() || (self.options.optional_for_proto2 && has_optional_keyword(field));
        match kind {
            Kind::Message(message) if self.options.generate_struct_for_nulls => default_struct(message),
            Kind::Message(_) | Kind::Cut => Value::Null,
            Kind::Logical(_) | Kind::Wrapper(_) if !self.options.generate_struct_for_nulls => Value::Null,
            _ if optional && !self.options.generate_struct_for_nulls => Value::Null,
            kind => default_of(field, kind),
        }
    }
}

struct Building {
    builder: SchemaBuilder,
    made: Unnamed,
}

impl Building {
    fn add(
        &mut self,
        field: &FieldDescriptor,
        schema: Option<Schema>,
        kind: Kind,
        absent: Value<'static>,
        slot: impl FnOnce(usize) -> Slot,
    ) {
        let position = self.made.absent.len();
        let repeated = field.is_list() && !matches!(kind, Kind::Map(_));
        self.made.fields.push(Field { number: field.number(), slot: slot(position), repeated, kind });
        if let Some(schema) = schema {
            self.builder = std::mem::replace(&mut self.builder, SchemaBuilder::structure()).field(field.name(), schema);
            self.made.absent.push(absent);
        }
    }
}

fn oneof_index(oneof: &OneofDescriptor) -> usize {
    oneof.parent_message().oneofs().position(|other| other.name() == oneof.name()).unwrap_or_default()
}

/// As the text says it: `optional` before a field, other than in a oneof.
fn has_optional_keyword(field: &FieldDescriptor) -> bool {
    let declared = field.field_descriptor_proto();
    let is_proto2 = field.parent_file().syntax() == prost_reflect::Syntax::Proto2;
    declared.proto3_optional()
        || (is_proto2 && field.containing_oneof().is_none() && field.cardinality() == prost_reflect::Cardinality::Optional)
}

/// A map, or a message that looks like the entry of one: Connect's maps are written so.
fn is_map(field: &FieldDescriptor, message: &MessageDescriptor) -> bool {
    if field.is_map() {
        return true;
    }
    let is_part = |number: u32, name: &str| message.get_field(number).is_some_and(|part| part.name() == name && !part.is_list());
    field.is_list()
        && names::is_map_entry(message.name())
        && message.fields().len() == 2
        && is_part(1, "key")
        && is_part(2, "value")
}

fn primitive(field: &FieldDescriptor, kind: &ProtoKind) -> Result<(SchemaBuilder, Making), Error> {
    let scalar = Scalar::of(kind).ok_or_else(|| Error::data(format!("The field {} is of no known type.", field.full_name())))?;
    let mut type_ = scalar.connect_type();
    let mut plain = matches!(scalar, Scalar::Int32 | Scalar::Int64) || !matches!(type_, Type::Int32 | Type::Int64);
    if type_ == Type::Int32 {
        match parameter(field, CONNECT_TYPE).as_deref() {
            Some("int8") => (type_, plain) = (Type::Int8, true),
            Some("int16") => (type_, plain) = (Type::Int16, true),
            _ => {}
        }
    }
    let builder = SchemaBuilder::new(type_);
    let builder = if plain { builder } else { builder.parameter(TYPE, scalar.name()) };
    Ok((builder, Making::Kind(Kind::Scalar(Primitive { scalar, type_ }))))
}

/// A parameter in the option `confluent.field_meta` of a field.
fn parameter(field: &FieldDescriptor, name: &str) -> Option<String> {
    let extension = field.parent_pool().get_extension_by_name(well_known::FIELD_META)?;
    let options = field.options();
    if !options.has_extension(&extension) {
        return None;
    }
    let meta = options.get_extension(&extension);
    let params = meta.as_message()?.get_field_by_name("params")?;
    let value = params.as_map()?.get(&prost_reflect::MapKey::String(name.to_owned()))?;
    value.as_str().map(str::to_owned)
}

fn logical_schema(logical: Logical, field: &FieldDescriptor) -> SchemaBuilder {
    match logical {
        Logical::Date => logical::date(),
        Logical::Time => logical::time(),
        Logical::Timestamp => logical::timestamp(),
        Logical::Decimal => {
            let number = |name| parameter(field, name).and_then(|text| text.parse::<i32>().ok());
            let builder = logical::decimal(number(SCALE).unwrap_or(0));
            match number(PRECISION) {
                Some(precision) => builder.parameter(CONNECT_PRECISION, precision.to_string()),
                None => builder,
            }
        }
    }
}

fn declared_symbols(symbols: &EnumDescriptor) -> Vec<(i32, String)> {
    symbols.enum_descriptor_proto().value.iter().map(|value| (value.number(), value.name().to_owned())).collect()
}

fn default_struct(message: &Message) -> Value<'static> {
    match Struct::from_values(message.schema.clone(), message.absent.clone()) {
        Ok(structure) => Value::Struct(structure),
        Err(_) => Value::Null,
    }
}

/// What the field is by its declaration, if the message does not have it.
fn default_of(field: &FieldDescriptor, kind: &Kind) -> Value<'static> {
    match kind {
        Kind::Scalar(primitive) => declared_default(field, *primitive),
        Kind::Wrapper(primitive) => primitive.scalar.default(primitive.type_),
        Kind::Enum(symbols) => match (field.default_value(), symbols) {
            (ProtoValue::EnumNumber(number), Some(symbols)) => Value::from(symbols.name_of(number)),
            (ProtoValue::EnumNumber(number), None) => Value::Int32(number),
            _ => Value::Null,
        },
        Kind::Logical(Logical::Time | Logical::Timestamp) => Value::Date(0),
        Kind::Map(_) => Value::Map(Vec::new()),
        // A date and a number of no bytes are none.
        Kind::Logical(Logical::Date | Logical::Decimal) | Kind::Message(_) | Kind::Cut => Value::Null,
    }
}

/// Proto2 fields may name a default.
fn declared_default(field: &FieldDescriptor, primitive: Primitive) -> Value<'static> {
    let plain = primitive.scalar.default(primitive.type_);
    let whole = |number: i64| match &plain {
        Value::Int8(_) => Value::Int8(number as i8),
        Value::Int16(_) => Value::Int16(number as i16),
        Value::Int32(_) => Value::Int32(number as i32),
        _ => Value::Int64(number),
    };
    match field.default_value() {
        ProtoValue::Bool(held) => Value::Boolean(held),
        ProtoValue::I32(number) => whole(number.into()),
        ProtoValue::I64(number) => whole(number),
        ProtoValue::U32(number) => whole(number.into()),
        ProtoValue::U64(number) => whole(number as i64),
        ProtoValue::F32(number) => Value::Float32(number),
        ProtoValue::F64(number) => Value::Float64(number),
        ProtoValue::String(text) => Value::from(text),
        ProtoValue::Bytes(bytes) => Value::bytes(bytes.to_vec()),
        _ => plain,
    }
}

impl Symbols {
    /// The symbol of a number, as Java's `EnumValueDescriptor.toString` has it for unknown ones too.
    pub fn name_of(&self, number: i32) -> String {
        match self.symbols.iter().find(|(other, _)| *other == number) {
            Some((_, symbol)) => symbol.clone(),
            None => format!("UNKNOWN_ENUM_VALUE_{}_{number}", self.name),
        }
    }
}
