//! A JSON Schema as a Connect schema.

use caisson_converters::json::node::Node;
use caisson_converters::json::reader::Reader;
use caisson_sdk::{Error, Schema, SchemaBuilder, Type, Value};
use serde_json::{Map, Value as Json};
use url::Url;

use crate::document::{Document, Index, own_base};
use crate::keywords::{Kind, Part, parts};
use crate::options::{
    CONNECT_INDEX, CONNECT_PARAMETERS, CONNECT_TYPE, CONNECT_VERSION, GENERALIZED_PREFIX, GENERALIZED_UNION, KEY, NULL_SYMBOL,
    ONE_OF, Options, VALUE,
};
use crate::to_connect::{self, Cut, Failure};

/// A schema of more fields would be no help to anybody, and a few objects that contain each other make one quickly.
const MOST_FIELDS: usize = 10_000;
/// No schema that means something refers through more schemas that say nothing themselves, or nests them deeper.
const MOST_DEPTH: usize = 100;

/// A Connect schema, and what it lacks.
#[derive(Debug, Clone)]
pub struct Converted {
    pub schema: Schema,
    pub cuts: Vec<Cut>,
}

/// Converts a schema. An object is followed into itself `depth` times. `DataException` for what Connect has no words for.
pub fn convert(document: &Document, version: Option<i32>, options: &Options, depth: usize) -> Result<Converted, Error> {
    let index = document.index().map_err(|why| unresolved(&why))?;
    let root = index.root(document).map_err(|why| unresolved(&why))?;
    let mut converter = Converter { options, index, depth, path: Vec::new(), level: 0, fields: 0, unions: 0, cuts: Vec::new() };
    let schema = converter.schema(root.json, &root.base, Place { version, optional: false })?;
    let schema = schema.ok_or_else(|| Error::data("The JSON Schema refers to nothing but itself."))?;
    Ok(Converted { schema, cuts: converter.cuts })
}

fn unresolved(why: &str) -> Error {
    Error::data(format!("The JSON Schema cannot be resolved: {why}"))
}

struct Converter<'o, 'd> {
    options: &'o Options,
    index: Index<'d>,
    depth: usize,
    /// The objects around, outermost first, by their addresses in memory.
    path: Vec<*const Json>,
    level: usize,
    fields: usize,
    unions: usize,
    cuts: Vec<Cut>,
}

/// What the place of a schema says about it.
#[derive(Clone, Copy)]
struct Place {
    version: Option<i32>,
    optional: bool,
}

impl Place {
    const PLAIN: Self = Self { version: None, optional: false };

    fn optional(optional: bool) -> Self {
        Self { version: None, optional }
    }
}

/// A schema under construction, and whether a member or property is missing.
struct Building {
    builder: SchemaBuilder,
    missing: Vec<Option<String>>,
}

impl Building {
    fn plain(builder: SchemaBuilder) -> Self {
        Self { builder, missing: Vec::new() }
    }
}

impl<'d> Converter<'_, 'd> {
    /// The schema of JSON; none where it is cut.
    fn schema(&mut self, json: &'d Json, base: &Url, place: Place) -> Result<Option<Schema>, Error> {
        let part = parts(json)?;
        self.part(&part, json, &own_base(json, base), place)
    }

    fn part(&mut self, part: &Part<'d>, json: &'d Json, base: &Url, place: Place) -> Result<Option<Schema>, Error> {
        self.level += 1;
        if self.level > MOST_DEPTH {
            return Err(Error::data(format!("The JSON Schema nests more than {MOST_DEPTH} deep.")));
        }
        let schema = self.part_below(part, json, base, place);
        self.level -= 1;
        schema
    }

    fn part_below(&mut self, part: &Part<'d>, json: &'d Json, base: &Url, place: Place) -> Result<Option<Schema>, Error> {
        let building = match &part.kind {
            Kind::Boolean => Building::plain(SchemaBuilder::new(Type::Boolean)),
            Kind::Number { integer } => Building::plain(SchemaBuilder::new(number_type(part.keyword(CONNECT_TYPE), *integer)?)),
            Kind::String => {
                let bytes = text(part.keyword(CONNECT_TYPE)) == Some("bytes");
                Building::plain(SchemaBuilder::new(if bytes { Type::Bytes } else { Type::String }))
            }
            Kind::Enum(symbols) => Building::plain(self.enumeration(symbols)),
            Kind::OneOf(members) => return self.one_of(part, members, json, base, place),
            Kind::AllOf(members) => return self.all_of(members, json, base, place),
            Kind::Array => match self.array(part, base)? {
                Some(builder) => Building::plain(builder),
                None => return Ok(None),
            },
            Kind::Object => match self.object(part, json, base)? {
                Some(building) => building,
                None => return Ok(None),
            },
            Kind::Reference(reference) => {
                let found = self.index.find(reference, base).map_err(|why| unresolved(&why))?;
                return self.schema(found.json, &found.base, place);
            }
            Kind::Null | Kind::Const | Kind::Not | Kind::Empty => {
                return Err(Error::data(format!("Unsupported schema type {}", part.kind.name())));
            }
        };
        self.described(building, part, place).map(Some)
    }

    fn described(&mut self, building: Building, part: &Part<'_>, place: Place) -> Result<Schema, Error> {
        let Building { mut builder, missing } = building;
        if let Some(title) = text(part.keyword("title"))
            && !matches!(part.kind, Kind::OneOf(_))
        {
            builder = builder.name(title);
        }
        let own = part.keyword(CONNECT_VERSION).and_then(Json::as_i64).and_then(|version| i32::try_from(version).ok());
        if let Some(version) = own.or(place.version) {
            builder = builder.version(version);
        }
        if let Some(description) = text(part.keyword("description")) {
            builder = builder.doc(description);
        }
        for (name, value) in part.keyword(CONNECT_PARAMETERS).and_then(Json::as_object).into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            builder = builder.parameter(name, value);
        }
        let default = part.keyword("default").filter(|default| !default.is_null());
        if let Some(default) = default {
            let plain = std::mem::replace(&mut builder, SchemaBuilder::new(Type::Boolean)).build()?;
            let value = self.default(&plain, default)?;
            builder = again(&plain).default_value(value);
        }
        if place.optional {
            builder = builder.optional();
        }
        let schema = builder.build()?;
        self.cuts.extend(missing.into_iter().map(|property| Cut { schema: schema.clone(), property }));
        Ok(schema)
    }

    fn default(&self, schema: &Schema, default: &Json) -> Result<Value<'static>, Error> {
        let text = default.to_string();
        let node = Node::read(&mut Reader::new(&text)).map_err(|_| Error::data(format!("Invalid default value {text}")))?;
        match to_connect::read(Some(schema), Some(&node), &[]) {
            Ok(value) => value.into_owned(),
            Err(Failure::Data(error)) => Err(error),
            Err(Failure::Deeper) => Err(Error::data(format!("Invalid default value {text}"))),
        }
    }

    fn enumeration(&self, symbols: &[Json]) -> SchemaBuilder {
        let parameter = self.options.enum_parameter();
        let mut builder = SchemaBuilder::new(Type::String).parameter(parameter, "");
        for (index, symbol) in symbols.iter().enumerate() {
            let symbol = match symbol {
                Json::Null => NULL_SYMBOL.to_owned(),
                Json::String(symbol) => symbol.clone(),
                other => other.to_string(),
            };
            let value = if self.options.generalized_sum_type_support { index.to_string() } else { symbol.clone() };
            builder = builder.parameter(format!("{parameter}.{symbol}"), value);
        }
        builder
    }

    fn one_of(
        &mut self,
        part: &Part<'d>,
        members: &[Part<'d>],
        json: &'d Json,
        base: &Url,
        place: Place,
    ) -> Result<Option<Schema>, Error> {
        let name = if self.options.generalized_sum_type_support {
            self.unions += 1;
            format!("{GENERALIZED_PREFIX}{}", self.unions - 1)
        } else {
            ONE_OF.to_owned()
        };
        let is_null = |member: &&Part<'_>| matches!(member.kind, Kind::Null);
        match members {
            [only] if self.options.flatten_singleton_unions => return self.part(only, only.json(json), base, place),
            [one, other] if is_null(&one) || is_null(&other) => {
                let held = if is_null(&one) { other } else { one };
                return self.part(held, held.json(json), base, Place { optional: true, ..place });
            }
            _ => {}
        }
        let mut building = Building::plain(SchemaBuilder::structure().name(name.clone()));
        if self.options.generalized_sum_type_support {
            building.builder = building.builder.parameter(GENERALIZED_UNION, name.clone());
        }
        let optional = place.optional || members.iter().any(|member| is_null(&member));
        for (index, member) in members.iter().filter(|member| !is_null(member)).enumerate() {
            let field = if self.options.generalized_sum_type_support {
                format!("{GENERALIZED_PREFIX}field_{index}")
            } else {
                format!("{name}.field.{index}")
            };
            match self.part(member, member.json(json), base, Place::optional(true))? {
                Some(schema) => building.builder = self.with_field(building.builder, field, schema)?,
                None => building.missing.push(None),
            }
        }
        self.described(building, part, Place { optional, ..place }).map(Some)
    }

    fn with_field(&mut self, builder: SchemaBuilder, name: String, schema: Schema) -> Result<SchemaBuilder, Error> {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return Err(Error::data(format!("The JSON Schema has more than {MOST_FIELDS} properties.")));
        }
        Ok(builder.field(name, schema))
    }

    fn array(&mut self, part: &Part<'d>, base: &Url) -> Result<Option<SchemaBuilder>, Error> {
        let items = part.keyword("items").filter(|items| !items.is_array());
        let items = items.ok_or_else(|| Error::data("Array schema did not specify the items type"))?;
        let properties = items.get("properties").filter(|_| text(part.keyword(CONNECT_TYPE)) == Some("map"));
        let entry = properties.and_then(|properties| Some((properties.get(KEY)?, properties.get(VALUE)?)));
        let Some((keys, values)) = entry else {
            return Ok(self.schema(items, base, Place::PLAIN)?.map(SchemaBuilder::array));
        };
        let keys = self.schema(keys, base, Place::PLAIN)?;
        let values = self.schema(values, base, Place::PLAIN)?;
        Ok(keys.zip(values).map(|(keys, values)| SchemaBuilder::map(keys, values)))
    }

    fn object(&mut self, part: &Part<'d>, json: &'d Json, base: &Url) -> Result<Option<Building>, Error> {
        if text(part.keyword(CONNECT_TYPE)) == Some("map") {
            let values = part.keyword("additionalProperties");
            let values = values.ok_or_else(|| Error::data("A map's schema has no additionalProperties"))?;
            let values = self.schema(values, base, Place::PLAIN)?;
            return Ok(values.map(|values| Building::plain(SchemaBuilder::map(Schema::string(), values))));
        }
        let properties = part.keyword("properties").and_then(Json::as_object);
        let properties = properties.into_iter().flatten().map(|(name, schema)| Property {
            name,
            schema,
            base: base.clone(),
            required: is_required(part.map, name),
        });
        self.structure(json, by_index(properties.collect()))
    }

    /// A struct of properties; none where it is cut.
    fn structure(&mut self, json: &'d Json, properties: Vec<Property<'d>>) -> Result<Option<Building>, Error> {
        let address: *const Json = json;
        if self.path.iter().filter(|other| **other == address).count() > self.depth {
            return Ok(None);
        }
        self.path.push(address);
        let mut building = Building::plain(SchemaBuilder::structure());
        for Property { name, schema, base, required } in properties {
            let optional = self.options.use_optional_for_nonrequired && !required;
            match self.schema(schema, &base, Place::optional(optional))? {
                Some(schema) => building.builder = self.with_field(building.builder, name.clone(), schema)?,
                None => building.missing.push(Some(name.clone())),
            }
        }
        self.path.pop();
        Ok(Some(building))
    }

    /// One type of many descriptions: the properties of all objects, or else the description that says most.
    fn all_of(&mut self, members: &[Part<'d>], json: &'d Json, base: &Url, place: Place) -> Result<Option<Schema>, Error> {
        let mut properties = Vec::new();
        for member in members {
            self.collect(member, base, &mut properties, 0)?;
        }
        if !properties.is_empty() {
            let Some(building) = self.structure(json, properties)? else { return Ok(None) };
            let empty = Map::new();
            let nothing = Part { map: &empty, json: None, kind: Kind::Object, bare: true };
            return self.described(building, &nothing, Place { version: None, ..place }).map(Some);
        }
        let find = |wanted: fn(&Kind<'d>) -> bool| members.iter().find(|member| wanted(&member.kind));
        let combined = find(|kind| matches!(kind, Kind::OneOf(_) | Kind::AllOf(_)));
        let constant = find(|kind| matches!(kind, Kind::Const));
        let symbols = find(|kind| matches!(kind, Kind::Enum(_)));
        let string = find(|kind| matches!(kind, Kind::String));
        let number = find(|kind| matches!(kind, Kind::Number { .. }));
        let reference = find(|kind| matches!(kind, Kind::Reference(_)));
        let formatted = string.is_some_and(|string| string.map.contains_key("format"));
        let chosen = combined
            .or_else(|| constant.and(string.or(number)))
            .or_else(|| symbols.and_then(|symbols| if string.is_some() { Some(symbols) } else { number }))
            .or_else(|| if formatted { number.or(string) } else { None })
            .or(reference)
            .or_else(|| members.iter().find(|member| !matches!(member.kind, Kind::Not | Kind::Empty | Kind::Const)));
        match chosen {
            Some(part) => self.part(part, part.json(json), base, place),
            None => Err(Error::data("Unsupported criterion allOf: it describes no type of Connect")),
        }
    }

    fn collect(&self, part: &Part<'d>, base: &Url, properties: &mut Vec<Property<'d>>, depth: usize) -> Result<(), Error> {
        if depth > MOST_DEPTH {
            return Ok(());
        }
        match &part.kind {
            Kind::AllOf(members) => members.iter().try_for_each(|member| self.collect(member, base, properties, depth + 1))?,
            Kind::Reference(reference) => {
                let found = self.index.find(reference, base).map_err(|why| unresolved(&why))?;
                let target = parts(found.json)?;
                self.collect(&target, &own_base(found.json, &found.base), properties, depth + 1)?;
            }
            Kind::Object => {
                let of_object = part.map.get("properties").and_then(Json::as_object);
                for (name, schema) in of_object.into_iter().flatten() {
                    let required = is_required(part.map, name);
                    let property = Property { name, schema, base: base.clone(), required };
                    match properties.iter_mut().find(|other| other.name == name) {
                        Some(other) => *other = property,
                        None => properties.push(property),
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A property of an object, with what its references are relative to.
struct Property<'d> {
    name: &'d String,
    schema: &'d Json,
    base: Url,
    required: bool,
}

/// Where `connect.index` says so, else in the order of the text.
fn by_index(properties: Vec<Property<'_>>) -> Vec<Property<'_>> {
    let index = |property: &Property<'_>| property.schema.get(CONNECT_INDEX).and_then(Json::as_u64);
    let mut ordered: Vec<(u64, Property<'_>)> =
        (0..).zip(properties).map(|(position, property)| (index(&property).unwrap_or(position), property)).collect();
    ordered.sort_by_key(|(index, _)| *index);
    ordered.into_iter().map(|(_, property)| property).collect()
}

fn is_required(map: &Map<String, Json>, name: &str) -> bool {
    let required = map.get("required").and_then(Json::as_array);
    required.is_some_and(|names| names.iter().any(|other| other == name))
}

fn text(json: Option<&Json>) -> Option<&str> {
    json?.as_str()
}

fn number_type(told: Option<&Json>, integer: bool) -> Result<Type, Error> {
    match text(told) {
        None => Ok(if integer { Type::Int64 } else { Type::Float64 }),
        // A decimal.
        Some("bytes") => Ok(Type::Bytes),
        Some(name) => {
            let numbers = [Type::Int8, Type::Int16, Type::Int32, Type::Int64, Type::Float32, Type::Float64];
            let found = numbers.into_iter().find(|type_| type_.lower_name() == name);
            found.ok_or_else(|| Error::data(format!("Unsupported type {name}")))
        }
    }
}

/// A builder of the same schema.
fn again(schema: &Schema) -> SchemaBuilder {
    let mut builder = SchemaBuilder::basics_of(schema);
    for field in schema.fields() {
        builder = builder.field(field.name.clone(), field.schema.clone());
    }
    builder
}
