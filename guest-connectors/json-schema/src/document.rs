//! A JSON Schema with the schemas that it refers to.

use percent_encoding::percent_decode_str;
use serde_json::Value as Json;
use url::Url;

/// Where a schema without an `$id` is; what it refers to by a relative name is beside it.
pub const BASE: &str = "json-schema:///root";
/// No schema that means something nests deeper.
const MOST_DEPTH: usize = 200;

/// A schema that another refers to by that name: a reference of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    pub text: String,
}

/// A schema, parsed.
#[derive(Debug)]
pub struct Document {
    pub root: Json,
    /// Names and schemas.
    pub references: Vec<(String, Json)>,
}

impl Document {
    /// Parses texts. A message for people when one is no JSON.
    pub fn parse(text: &str, references: &[Reference], ignore_modern_dialects: bool) -> Result<Self, String> {
        let json = |text: &str| {
            let mut json = serde_json::from_str::<Json>(text).map_err(|error| format!("it is no JSON: {error}"))?;
            if let Some(map) = json.as_object_mut().filter(|_| ignore_modern_dialects) {
                map.shift_remove("$schema");
            }
            Ok::<_, String>(json)
        };
        let mut parsed = Vec::new();
        for reference in references {
            parsed.push((reference.name.trim_end_matches('#').to_owned(), json(&reference.text)?));
        }
        Ok(Self { root: json(text)?, references: parsed })
    }

    /// What finds the schemas that others refer to. A message for people when an address is none.
    pub fn index(&self) -> Result<Index<'_>, String> {
        let mut index = Index { resources: Vec::new(), anchors: Vec::new(), references: &self.references };
        let base = Url::parse(BASE).map_err(|error| error.to_string())?;
        index.add(&self.root, &base, 0)?;
        index.resources.push((base.clone(), &self.root));
        for (name, json) in &self.references {
            let address = base.join(name).map_err(|error| format!("{name:?} is no address: {error}"))?;
            index.add(json, &address, 0)?;
            index.resources.push((address, json));
        }
        Ok(index)
    }
}

/// A reference's name is the address itself, or the end of it.
pub fn is_named(address: &str, name: &str) -> bool {
    address == name || address.strip_suffix(name).is_some_and(|rest| rest.ends_with('/'))
}

/// A schema in its document.
#[derive(Debug, Clone)]
pub struct Place<'d> {
    pub json: &'d Json,
    /// What references in it are relative to.
    pub base: Url,
}

/// Every schema that has an address.
#[derive(Debug)]
pub struct Index<'d> {
    resources: Vec<(Url, &'d Json)>,
    /// The address of the document around, the name in it, the schema.
    anchors: Vec<(Url, &'d str, &'d Json)>,
    references: &'d [(String, Json)],
}

impl<'d> Index<'d> {
    fn add(&mut self, json: &'d Json, base: &Url, depth: usize) -> Result<(), String> {
        if depth > MOST_DEPTH {
            return Err(format!("it nests more than {MOST_DEPTH} deep"));
        }
        match json {
            Json::Array(items) => items.iter().try_for_each(|item| self.add(item, base, depth + 1)),
            Json::Object(members) => {
                let own = own_base(json, base);
                if own != *base {
                    self.resources.push((own.clone(), json));
                }
                for keyword in ["$id", "id", "$anchor", "$dynamicAnchor"] {
                    let Some(name) = members.get(keyword).and_then(Json::as_str) else { continue };
                    let anchor = if keyword.ends_with("nchor") { Some(name) } else { name.strip_prefix('#') };
                    self.anchors.extend(anchor.map(|anchor| (own.clone(), anchor, json)));
                }
                members.values().try_for_each(|member| self.add(member, &own, depth + 1))
            }
            _ => Ok(()),
        }
    }

    /// The schema of the whole document.
    pub fn root(&self, document: &'d Document) -> Result<Place<'d>, String> {
        Ok(Place { json: &document.root, base: Url::parse(BASE).map_err(|error| error.to_string())? })
    }

    /// What a reference in a place leads to. A message for people when there is nothing.
    pub fn find(&self, reference: &str, base: &Url) -> Result<Place<'d>, String> {
        let missing = || format!("it refers to {reference}, which is nowhere");
        let mut address = base.join(reference).map_err(|error| format!("{reference:?} is no address: {error}"))?;
        let fragment = address.fragment().unwrap_or_default().to_owned();
        address.set_fragment(None);
        let known = self.resources.iter().find(|(other, _)| *other == address).map(|(_, json)| *json);
        let named = || self.references.iter().find(|(name, _)| is_named(address.as_str(), name)).map(|(_, json)| json);
        let json = known.or_else(named).ok_or_else(missing)?;
        let pointer = percent_decode_str(&fragment).decode_utf8().map_err(|_| missing())?;
        let json = if pointer.is_empty() {
            json
        } else if pointer.starts_with('/') {
            json.pointer(&pointer).ok_or_else(missing)?
        } else {
            let anchor = self.anchors.iter().find(|(other, name, _)| *other == address && *name == pointer);
            anchor.map(|(_, _, json)| *json).ok_or_else(missing)?
        };
        Ok(Place { json, base: address })
    }
}

/// What references in a schema are relative to: its own address, if it has one.
pub fn own_base(json: &Json, base: &Url) -> Url {
    let id = json.get("$id").or_else(|| json.get("id")).and_then(Json::as_str);
    let mut own = id.and_then(|id| base.join(id).ok()).unwrap_or_else(|| base.clone());
    own.set_fragment(None);
    own
}
