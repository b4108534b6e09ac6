//! Avro schemas with all their properties, which say what of Connect Avro has no word for.

pub mod anything;
pub mod parse;
mod print;

use std::sync::OnceLock;

use serde_json::{Map, Value as Json};

/// Where a type stands among those of its schema. A type that contains itself is referred to by its place.
pub type NodeId = usize;

/// A schema: its types, and which of them is the outermost.
#[derive(Debug, Clone, PartialEq)]
pub struct AvroSchema {
    nodes: Vec<Node>,
    root: NodeId,
}

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// What else its definition says, in order: `logicalType`, `connect.name` and the like.
    pub props: Map<String, Json>,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `boolean`.
    Boolean,
    /// `int`.
    Int,
    /// `long`.
    Long,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `bytes`.
    Bytes,
    /// `string`.
    String,
    /// `array` of such items.
    Array(NodeId),
    /// `map` of such values.
    Map(NodeId),
    /// One of these.
    Union(Vec<NodeId>),
    /// `record`.
    Record(Record),
    /// `enum`.
    Enum(Enum),
    /// `fixed`.
    Fixed(Fixed),
}

/// Name of a record, enum or fixed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// What stands before the last dot.
    pub namespace: Option<String>,
    /// What stands behind it.
    pub simple: String,
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its fields in order.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Unique in the record.
    pub name: String,
    /// Its type.
    pub node: NodeId,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its default, in Avro's JSON.
    pub default: Option<Json>,
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its symbols in order.
    pub symbols: Vec<String>,
    /// What stands for symbols that a reader does not know.
    pub default: Option<String>,
}

/// A fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// Its name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its length in bytes.
    pub size: usize,
}

impl Name {
    /// Of a full name.
    pub fn of(full: &str) -> Self {
        match full.rsplit_once('.') {
            Some((namespace, simple)) => Self { namespace: Some(namespace.to_owned()), simple: simple.to_owned() },
            None => Self { namespace: None, simple: full.to_owned() },
        }
    }

    /// With its namespace.
    pub fn full(&self) -> String {
        match &self.namespace {
            Some(namespace) if !namespace.is_empty() => format!("{namespace}.{}", self.simple),
            _ => self.simple.clone(),
        }
    }
}

impl Kind {
    /// What Avro calls it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    /// Its name, if it is of a type that has one.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Record(record) => Some(&record.name),
            Self::Enum(of) => Some(&of.name),
            Self::Fixed(fixed) => Some(&fixed.name),
            _ => None,
        }
    }
}

impl Node {
    /// Without properties.
    pub fn new(kind: Kind) -> Self {
        Self { kind, props: Map::new() }
    }

    /// A property that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.props.get(name).and_then(Json::as_str)
    }

    /// Its full name, or that of its type.
    pub fn full_name(&self) -> String {
        self.kind.name().map_or_else(|| self.kind.type_name().to_owned(), Name::full)
    }
}

impl AvroSchema {
    /// A schema without a type yet: `null`.
    pub fn empty() -> Self {
        Self { nodes: Vec::new(), root: 0 }
    }

    /// Adds a type.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds all types of another schema, and gives the place of its outermost.
    pub fn take_in(&mut self, other: &AvroSchema) -> NodeId {
        let offset = self.nodes.len();
        for node in &other.nodes {
            let mut node = node.clone();
            match &mut node.kind {
                Kind::Array(inner) | Kind::Map(inner) => *inner += offset,
                Kind::Union(branches) => branches.iter_mut().for_each(|branch| *branch += offset),
                Kind::Record(record) => record.fields.iter_mut().for_each(|field| field.node += offset),
                _ => {}
            }
            self.nodes.push(node);
        }
        offset + other.root
    }

    /// Replaces a type.
    pub fn set(&mut self, id: NodeId, node: Node) {
        if let Some(place) = self.nodes.get_mut(id) {
            *place = node;
        }
    }

    /// Makes a type the outermost.
    pub fn set_root(&mut self, id: NodeId) {
        self.root = id;
    }

    /// The outermost type.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The type at a place; `null` where there is none.
    pub fn node(&self, id: NodeId) -> &Node {
        static NULL: OnceLock<Node> = OnceLock::new();
        self.nodes.get(id).unwrap_or_else(|| NULL.get_or_init(|| Node::new(Kind::Null)))
    }

    /// The full name of the outermost type, if it is a record.
    pub fn record_name(&self) -> Option<String> {
        match &self.node(self.root).kind {
            Kind::Record(record) => Some(record.name.full()),
            _ => None,
        }
    }

    /// Whether two types say the same, wherever they stand.
    pub fn is_same(&self, one: NodeId, other: NodeId) -> bool {
        self.is_same_below(one, other, &mut Vec::new())
    }

    /// `under_way`: pairs that are being compared, and taken for the same meanwhile: types may contain themselves.
    fn is_same_below(&self, one: NodeId, other: NodeId, under_way: &mut Vec<(NodeId, NodeId)>) -> bool {
        if one == other || under_way.contains(&(one, other)) {
            return true;
        }
        let (a, b) = (self.node(one), self.node(other));
        if a.props != b.props {
            return false;
        }
        under_way.push((one, other));
        let same = match (&a.kind, &b.kind) {
            (Kind::Array(a), Kind::Array(b)) | (Kind::Map(a), Kind::Map(b)) => self.is_same_below(*a, *b, under_way),
            (Kind::Union(a), Kind::Union(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.is_same_below(*a, *b, under_way))
            }
            (Kind::Record(a), Kind::Record(b)) => {
                a.name == b.name
                    && a.fields.len() == b.fields.len()
                    && a.fields
                        .iter()
                        .zip(&b.fields)
                        .all(|(a, b)| a.name == b.name && a.default == b.default && self.is_same_below(a.node, b.node, under_way))
            }
            (a, b) => a == b,
        };
        under_way.pop();
        same
    }
}
