//! Connect schemas as Avro schemas (`AvroData.fromConnectSchema`).

use caisson_sdk::data::logical::{self, LogicalType};
use caisson_sdk::{Error, Field as ConnectField, Schema, SchemaBuilder, Struct, Type, Value, log};
use serde_json::{Map, Value as Json, json};

use super::defaults;
use crate::names;
use crate::options::Options;
use crate::schema::anything::{self, NAMESPACE};
use crate::schema::parse::{check_name, mistake};
use crate::schema::{AvroSchema, Enum, Field, Fixed, Kind, Name, Node, NodeId, Record};

/// The Avro schema of a Connect schema; none: that of values without a schema. `SchemaParseException` for names that Avro does not
/// allow, `DataException` for what it has no schema for.
pub fn avro_schema(schema: Option<&Schema>, options: Options) -> Result<AvroSchema, Error> {
    let Some(schema) = schema else { return AvroSchema::parse(anything::TEXT, &[]) };
    let mut from = FromConnect { avro: AvroSchema::empty(), options, done: Vec::new(), under_way: Vec::new(), unnamed: 0 };
    let root = from.turn(Some(schema), false)?;
    from.avro.set_root(root);
    Ok(from.avro)
}

/// Whether a struct inside another of its name is that one again: with the same fields, or with none, which is how a record is read
/// that is not followed further.
fn is_again(around: &Schema, inside: &Schema) -> bool {
    let alike = |(one, other): (&ConnectField, &ConnectField)| {
        one.name == other.name
            && one.schema.type_() == other.schema.type_()
            && one.schema.is_optional() == other.schema.is_optional()
    };
    around.name() == inside.name()
        && (inside.fields().is_empty()
            || (around.fields().len() == inside.fields().len() && around.fields().iter().zip(inside.fields()).all(alike)))
}

struct FromConnect {
    avro: AvroSchema,
    options: Options,
    /// Required schemas that have been turned: the same again is the same type.
    done: Vec<(Schema, NodeId)>,
    /// Structs with a name that are being turned, from the outermost in.
    under_way: Vec<(Schema, NodeId)>,
    /// Structs without a name so far.
    unnamed: usize,
}

impl FromConnect {
    fn turn(&mut self, schema: Option<&Schema>, ignore_optional: bool) -> Result<NodeId, Error> {
        let Some(schema) = schema else { return self.anything() };
        if !names::is_union(schema) && !schema.is_optional() {
            let known = self.done.iter().find(|(known, _)| known == schema);
            if let Some((_, id)) = known {
                return Ok(*id);
            }
        }
        let id = self.turn_new(schema, ignore_optional)?;
        if !schema.is_optional() {
            self.done.push((schema.clone(), id));
        }
        Ok(id)
    }

    /// A value without a schema inside one that has one.
    fn anything(&mut self) -> Result<NodeId, Error> {
        let parsed = AvroSchema::parse(anything::TEXT, &[])?;
        Ok(self.avro.take_in(&parsed))
    }

    fn turn_new(&mut self, schema: &Schema, ignore_optional: bool) -> Result<NodeId, Error> {
        if schema.type_() == Type::Struct && names::is_union(schema) {
            return self.union(schema);
        }
        if schema.type_() == Type::Struct && schema.is_optional() {
            let other = self.turn(Some(&required(schema)?), false)?;
            let null = self.avro.add(Node::new(Kind::Null));
            return Ok(self.avro.add(Node::new(Kind::Union(vec![null, other]))));
        }
        if schema.type_() == Type::Struct && schema.name().is_some() {
            return self.named(schema);
        }
        let mut node = Node::new(self.kind(schema)?);
        self.describe(&mut node, schema)?;
        let id = self.avro.add(node);
        Ok(match schema.is_optional() && !ignore_optional {
            true => self.nullable(schema, id),
            false => id,
        })
    }

    /// A struct, which may contain itself: what was read of a record that does ends somewhere.
    fn named(&mut self, schema: &Schema) -> Result<NodeId, Error> {
        if let Some((_, id)) = self.under_way.iter().find(|(around, _)| is_again(around, schema)) {
            return Ok(*id);
        }
        let id = self.avro.add(Node::new(Kind::Null));
        self.under_way.push((schema.clone(), id));
        let mut node = Node::new(self.kind(schema)?);
        self.under_way.pop();
        self.describe(&mut node, schema)?;
        self.avro.set(id, node);
        Ok(id)
    }

    /// Null stands first, but behind a type with a default: a default is of the first.
    fn nullable(&mut self, schema: &Schema, id: NodeId) -> NodeId {
        let null = self.avro.add(Node::new(Kind::Null));
        let both = if schema.default_value().is_some() { vec![id, null] } else { vec![null, id] };
        self.avro.add(Node::new(Kind::Union(both)))
    }

    fn union(&mut self, schema: &Schema) -> Result<NodeId, Error> {
        let mut branches = Vec::new();
        if schema.is_optional() {
            branches.push(self.avro.add(Node::new(Kind::Null)));
        }
        let mut known: Vec<String> = Vec::new();
        for field in schema.fields() {
            let id = self.turn(Some(&required(&field.schema)?), true)?;
            let node = self.avro.node(id);
            if let Kind::Union(_) = node.kind {
                return Err(wrong("Nested union"));
            }
            let name = node.full_name();
            if known.contains(&name) {
                return Err(wrong(&format!("Duplicate in union:{name}")));
            }
            known.push(name);
            branches.push(id);
        }
        Ok(self.avro.add(Node::new(Kind::Union(branches))))
    }

    fn kind(&mut self, schema: &Schema) -> Result<Kind, Error> {
        Ok(match schema.type_() {
            Type::Int8 | Type::Int16 | Type::Int32 => Kind::Int,
            Type::Int64 => Kind::Long,
            Type::Float32 => Kind::Float,
            Type::Float64 => Kind::Double,
            Type::Boolean => Kind::Boolean,
            Type::String if names::is_enum(schema) && (self.options.generalized_sum_types || self.options.enhanced) => {
                Kind::Enum(self.symbols(schema)?)
            }
            Type::String => Kind::String,
            Type::Bytes => match schema.parameter(names::PARAMETER_FIXED_SIZE).filter(|_| names::is_fixed(schema)) {
                Some(size) => {
                    let name = self.name(schema)?;
                    check_name(&name.simple)?;
                    let size = size.parse().map_err(|_| mistake(format!("Invalid fixed size: {size}")))?;
                    Kind::Fixed(Fixed { name, doc: None, size })
                }
                None => Kind::Bytes,
            },
            Type::Array => Kind::Array(self.turn(schema.value_schema(), false)?),
            Type::Map if is_text_map(schema, self.options) => Kind::Map(self.turn(schema.value_schema(), false)?),
            Type::Map => Kind::Array(self.entries(schema)?),
            Type::Struct => Kind::Record(self.record(schema)?),
        })
    }

    fn symbols(&mut self, schema: &Schema) -> Result<Enum, Error> {
        let marker = self.options.enum_parameter();
        let simple = self.name(schema)?.simple;
        let prefix = format!("{marker}.");
        let symbols = schema.parameters().iter().filter_map(|(name, _)| name.strip_prefix(&prefix));
        let name = schema.parameter(marker).ok_or_else(|| mistake("No name in schema"))?;
        let discard = self.options.discard_type_doc_default;
        let text = |prefix: &str| schema.parameter(&format!("{prefix}{simple}")).filter(|_| !discard).map(str::to_owned);
        let doc = match discard {
            true => schema.parameter(names::PARAMETER_CONNECT_ENUM_DOC).map(str::to_owned),
            false => text(names::PARAMETER_ENUM_DOC),
        };
        let of = Enum {
            name: Name::of(name),
            doc,
            symbols: symbols.map(str::to_owned).collect(),
            default: text(names::PARAMETER_ENUM_DEFAULT),
        };
        check_name(&of.name.simple)?;
        of.symbols.iter().try_for_each(|symbol| check_name(symbol))?;
        Ok(of)
    }

    /// A map with other keys than text is an array of records.
    fn entries(&mut self, schema: &Schema) -> Result<NodeId, Error> {
        let (name, named) = match schema.name() {
            Some(_) => (self.name(schema)?, true),
            None => (Name { namespace: Some(NAMESPACE.to_owned()), simple: names::MAP_ENTRY.to_owned() }, false),
        };
        check_name(&name.simple)?;
        let key = self.field(names::KEY, schema.key_schema(), None)?;
        let value = self.field(names::VALUE, schema.value_schema(), None)?;
        let mut node = Node::new(Kind::Record(Record { name, doc: None, fields: vec![key, value] }));
        if named {
            node.props.insert(names::CONNECT_INTERNAL_TYPE.to_owned(), names::MAP_ENTRY.into());
        }
        Ok(self.avro.add(node))
    }

    fn record(&mut self, schema: &Schema) -> Result<Record, Error> {
        let discard = self.options.discard_type_doc_default;
        let name = self.name(schema)?;
        check_name(&name.simple)?;
        let doc = if discard { names::PARAMETER_CONNECT_RECORD_DOC } else { names::PARAMETER_RECORD_DOC };
        let doc = schema.parameter(doc).map(str::to_owned);
        let mut fields: Vec<Field> = Vec::new();
        for field in schema.fields() {
            let doc = schema.parameter(&format!("{}{}", names::PARAMETER_FIELD_DOC, field.name)).filter(|_| !discard);
            let turned = self.field(&self.options.scrubbed(&field.name), Some(&field.schema), doc)?;
            if fields.iter().any(|known| known.name == turned.name) {
                return Err(wrong(&format!("Duplicate field {} in record {}", turned.name, name.full())));
            }
            fields.push(turned);
        }
        Ok(Record { name, doc, fields })
    }

    fn field(&mut self, name: &str, schema: Option<&Schema>, doc: Option<&str>) -> Result<Field, Error> {
        let node = self.turn(schema, false)?;
        check_name(name)?;
        let own_doc = schema.and_then(Schema::doc).filter(|_| self.options.discard_type_doc_default);
        let default = match schema.and_then(|schema| Some((schema, schema.default_value()?))) {
            Some((schema, value)) => Some(defaults::json(schema, value, self.options)?),
            None => schema.filter(|schema| schema.is_optional()).map(|_| Json::Null),
        };
        let fitting = default.filter(|json| {
            let fits = defaults::fits(&self.avro, node, json);
            if !fits {
                let text = format!("Ignoring invalid default for field {name}: {json}");
                log::warn("io.confluent.connect.avro.AvroData", &text);
            }
            fits
        });
        Ok(Field { name: name.to_owned(), node, doc: own_doc.or(doc).map(str::to_owned), default: fitting })
    }

    fn name(&mut self, schema: &Schema) -> Result<Name, Error> {
        Ok(match schema.name() {
            Some(name) => self.options.scrubbed_name(name),
            None => {
                self.unnamed += 1;
                names::default_name(self.unnamed)
            }
        })
    }

    /// The properties, in the order that Confluent's converter adds them.
    fn describe(&self, node: &mut Node, schema: &Schema) -> Result<(), Error> {
        let mut props = std::mem::take(&mut node.props);
        if node.kind == Kind::Bytes && LogicalType::of(schema) == Some(LogicalType::Decimal) {
            let (scale, precision) = decimal(schema)?;
            props.insert(names::SCALE.to_owned(), json!(scale));
            props.insert(names::PRECISION.to_owned(), json!(precision));
        }
        if self.options.connect_meta_data {
            self.meta_data(&mut props, schema)?;
        }
        if let Some(logical) = LogicalType::of(schema) {
            logical_props(&mut props, node, schema, logical)?;
        }
        for (name, value) in schema.parameters().iter().filter(|(name, _)| name.starts_with("avro")) {
            props.insert(name.clone(), value.as_str().into());
        }
        node.props = props;
        Ok(())
    }

    fn meta_data(&self, props: &mut Map<String, Json>, schema: &Schema) -> Result<(), Error> {
        let discard = self.options.discard_type_doc_default;
        if let Some(doc) = schema.doc() {
            props.insert(names::CONNECT_DOC.to_owned(), doc.into());
        }
        if let Some(version) = schema.version() {
            props.insert(names::CONNECT_VERSION.to_owned(), version.into());
        }
        let kept = schema.parameters().iter().filter(|(name, _)| discard || name != names::PARAMETER_FIELD_DEFAULT);
        let parameters: Map<String, Json> = kept.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        if !parameters.is_empty() {
            props.insert(names::CONNECT_PARAMETERS.to_owned(), Json::Object(parameters));
        }
        let of_field = schema.parameter(names::PARAMETER_FIELD_DEFAULT).is_some() && !discard;
        if let Some(default) = schema.default_value().filter(|_| !of_field) {
            props.insert(names::CONNECT_DEFAULT.to_owned(), defaults::json(schema, default, self.options)?);
        }
        if let Some(name) = schema.name() {
            props.insert(names::CONNECT_NAME.to_owned(), name.into());
        }
        let narrow = match schema.type_() {
            Type::Int8 => "int8",
            Type::Int16 => "int16",
            _ => return Ok(()),
        };
        props.insert(names::CONNECT_TYPE.to_owned(), narrow.into());
        Ok(())
    }
}

/// Scale and precision of a decimal.
fn decimal(schema: &Schema) -> Result<(i64, i64), Error> {
    let number = |name: &str, default: i64| match schema.parameter(name) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| number_format(text)),
    };
    Ok((number(logical::SCALE, 0)?, number(names::PARAMETER_PRECISION, names::DEFAULT_PRECISION)?))
}

/// Avro's own word for a logical type. A decimal has it though Avro allows neither a negative scale nor one beyond the precision; a
/// fixed has it only where it holds that many digits.
fn logical_props(props: &mut Map<String, Json>, node: &Node, schema: &Schema, logical: LogicalType) -> Result<(), Error> {
    let word = match logical {
        LogicalType::Decimal => {
            if let Kind::Fixed(fixed) = &node.kind {
                let (scale, precision) = decimal(schema)?;
                if precision <= 0 || precision > most_digits(fixed.size) || scale < 0 || scale > precision {
                    let text = format!("A fixed decimal of precision {precision} and scale {scale} has no logical type in Avro");
                    log::warn("io.confluent.connect.avro.AvroData", &text);
                    return Ok(());
                }
                props.insert(names::SCALE.to_owned(), json!(scale));
                props.insert(names::PRECISION.to_owned(), json!(precision));
            }
            "decimal"
        }
        LogicalType::Date => "date",
        LogicalType::Time => "time-millis",
        LogicalType::Timestamp => "timestamp-millis",
    };
    let fits = match logical {
        LogicalType::Decimal => matches!(node.kind, Kind::Bytes | Kind::Fixed(_)),
        LogicalType::Date | LogicalType::Time => node.kind == Kind::Int,
        LogicalType::Timestamp => node.kind == Kind::Long,
    };
    if fits {
        props.insert(names::LOGICAL_TYPE.to_owned(), word.into());
    }
    Ok(())
}

/// How many decimal digits always fit so many bytes.
fn most_digits(size: usize) -> i64 {
    let bits = (8 * size).saturating_sub(1);
    (bits as f64 * std::f64::consts::LOG10_2).floor() as i64
}

/// Whether a map is one in Avro too.
pub fn is_text_map(schema: &Schema, options: Options) -> bool {
    let texts = schema.key_schema().filter(|keys| keys.type_() == Type::String);
    texts.is_some_and(|keys| !keys.is_optional() || options.allow_optional_map_keys)
}

fn required(schema: &Schema) -> Result<Schema, Error> {
    if !schema.is_optional() {
        return Ok(schema.clone());
    }
    let mut builder = SchemaBuilder::basics_of(schema).with_optional(false);
    for field in schema.fields() {
        builder = builder.field(field.name.clone(), field.schema.clone());
    }
    let bare = builder.build()?;
    let Some(Value::Struct(default)) = schema.default_value() else { return Ok(bare) };
    // The default is one of the required schema now.
    let default = Struct::from_values(bare.clone(), default.values().to_vec())?;
    let mut builder = SchemaBuilder::basics_of(&bare);
    for field in bare.fields() {
        builder = builder.field(field.name.clone(), field.schema.clone());
    }
    builder.default_value(Value::Struct(default)).build()
}

fn number_format(text: &str) -> Error {
    Error::connect(format!("For input string: \"{text}\"")).with_class("java.lang.NumberFormatException")
}

/// What Avro's library throws for a schema that its names do not spoil.
fn wrong(message: &str) -> Error {
    Error::data(message).with_class("org.apache.avro.AvroRuntimeException")
}
