//! Indices and data streams are made before the first document goes there, and given their mapping.

use std::collections::BTreeSet;

use caisson_sdk::{Error, Schema, log};
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use crate::cluster::{Answer, Cluster};
use crate::keys;
use crate::mapping;
use crate::resource::Naming;
use crate::settings::Conversion;

/// What of a name needs no escape in a path.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// What is known to be there.
#[derive(Debug, Default)]
pub(crate) struct Indices {
    there: BTreeSet<String>,
    mapped: BTreeSet<String>,
}

impl Indices {
    /// Makes the resource if it is not there.
    ///
    /// # Errors
    /// Of kind retriable when the cluster does not answer. `ConnectException` for what it refuses, and for an external resource
    /// that is not there.
    pub(crate) fn ensure(&mut self, cluster: &mut Cluster, name: &str, conversion: &Conversion) -> Result<(), Error> {
        if self.there.contains(name) {
            return Ok(());
        }
        match &conversion.naming {
            Naming::DataStream(..) => make_data_stream(cluster, name)?,
            Naming::Index if !is_there(cluster, name)? => make_index(cluster, name)?,
            Naming::External(_) if !is_there(cluster, name)? => {
                let key = keys::EXTERNAL_RESOURCES;
                return Err(Error::connect(format!("{name}, which {key} names, is not there: make it, or correct the name")));
            }
            Naming::Index | Naming::External(_) => {}
        }
        self.there.insert(name.to_owned());
        Ok(())
    }

    /// Gives the resource a mapping by that schema, unless it has one.
    ///
    /// # Errors
    /// As [`Indices::ensure`], and `DataException` for a schema that none can be made of.
    pub(crate) fn ensure_mapping(
        &mut self,
        cluster: &mut Cluster,
        name: &str,
        schema: Option<&Schema>,
        compact_maps: bool,
    ) -> Result<(), Error> {
        if self.mapped.contains(name) {
            return Ok(());
        }
        let path = format!("{}/_mapping", path(name));
        let doing = format!("reading the mapping of {name}");
        let answer = expect(cluster.ask(&Method::GET, &path, None)?, &doing)?;
        if !has_mapping(&answer.body) {
            log::info("elasticsearch", &format!("creating the mapping of {name}"));
            let mapping = mapping::of(schema, compact_maps)?;
            expect(cluster.ask(&Method::PUT, &path, Some(&mapping))?, &format!("creating the mapping of {name}"))?;
        }
        self.mapped.insert(name.to_owned());
        Ok(())
    }
}

fn path(name: &str) -> String {
    format!("/{}", utf8_percent_encode(name, NAME))
}

fn expect(answer: Answer, doing: &str) -> Result<Answer, Error> {
    match answer.status.is_success() {
        true => Ok(answer),
        false => Err(answer.refused(doing)),
    }
}

fn is_there(cluster: &mut Cluster, name: &str) -> Result<bool, Error> {
    let answer = cluster.ask(&Method::HEAD, &path(name), None)?;
    match answer.status {
        StatusCode::NOT_FOUND => Ok(false),
        _ => expect(answer, &format!("looking for index {name}")).map(|_| true),
    }
}

fn make_index(cluster: &mut Cluster, name: &str) -> Result<(), Error> {
    log::info("elasticsearch", &format!("creating index {name}"));
    let answer = cluster.ask(&Method::PUT, &path(name), None)?;
    match answer.error_type().as_str() {
        // Another task was quicker.
        "resource_already_exists_exception" => Ok(()),
        _ => expect(answer, &format!("creating index {name}")).map(|_| ()),
    }
}

fn make_data_stream(cluster: &mut Cluster, name: &str) -> Result<(), Error> {
    let path = format!("/_data_stream{}", path(name));
    if cluster.ask(&Method::GET, &path, None)?.status.is_success() {
        return Ok(());
    }
    log::info("elasticsearch", &format!("creating data stream {name}"));
    let answer = cluster.ask(&Method::PUT, &path, None)?;
    let has_api = !matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED) && !no_handler(&answer);
    match answer.error_type().as_str() {
        "resource_already_exists_exception" => Ok(()),
        // Where a template matches the name the first document makes the stream.
        _ if !has_api => {
            log::warn("elasticsearch", &format!("the cluster makes no data streams by request: {name} has to have a template"));
            Ok(())
        }
        _ => expect(answer, &format!("creating data stream {name}; is there a template that matches it?")).map(|_| ()),
    }
}

/// An Elasticsearch without the module of data streams takes the request for one to make an index of a wrong name, or knows no
/// such path.
fn no_handler(answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && String::from_utf8_lossy(&answer.body).contains("no handler found")
}

/// Of several indices behind an alias one is enough.
fn has_mapping(body: &[u8]) -> bool {
    let indices: Json = serde_json::from_slice(body).unwrap_or_default();
    let mut mappings = indices.as_object().into_iter().flatten().filter_map(|(_, index)| index.get("mappings"));
    mappings.any(|mapping| mapping.as_object().is_some_and(|members| !members.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_without_fields_has_no_mapping() {
        assert!(!has_mapping(br#"{"orders":{"mappings":{}}}"#));
        assert!(has_mapping(br#"{"a":{"mappings":{}},"b":{"mappings":{"properties":{"id":{"type":"long"}}}}}"#));
    }

    #[test]
    fn names_are_escaped_in_paths() {
        assert_eq!(path("logs-a.b_c"), "/logs-a.b_c");
        assert_eq!(path("a/b c"), "/a%2Fb%20c");
    }
}
