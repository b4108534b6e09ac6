//! Connectors on the command line: `.properties`, or JSON in one of the three forms that `connect-standalone` takes
//! (Kafka: `ConnectStandalone.parseConnectorConfigurationFile`).

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::config::RawProps;
use crate::config::connector::NAME;
use crate::config::properties::{self, PropertiesError};
use crate::storage::status_store::TargetState;

/// A connector to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectorRequest {
    /// Its name.
    pub name: String,
    /// Its configuration.
    pub config: RawProps,
    /// The state to start in; none: it runs.
    pub initial_state: Option<TargetState>,
}

/// A connector file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorFileError {
    /// It could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is malformed.
    #[error(transparent)]
    Properties(#[from] PropertiesError),
    /// It is no JSON.
    #[error("{path}, line {line}, column {column}: {why}")]
    Json {
        /// The file.
        path: PathBuf,
        /// Counting from 1.
        line: usize,
        /// Counting from 1.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// It is JSON of another shape.
    #[error(
        "{path}: {why}. A connector is {{\"name\": …, \"config\": {{…}}}}, with \"initial_state\" if wanted, or the bare map of \
         its configuration with its \"name\" in it"
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// Reads a connector's file.
pub fn read(path: &Path) -> Result<ConnectorRequest, ConnectorFileError> {
    let bytes = std::fs::read(path).map_err(|source| ConnectorFileError::Read { path: path.to_owned(), source })?;
    if path.extension().is_some_and(|extension| extension == "json") {
        return json(&bytes, path);
    }
    let config = properties::parse(&bytes, path)?;
    let name = config.get(NAME).cloned().unwrap_or_default();
    let config = config.into_iter().map(|(key, value)| (key, Some(value))).collect();
    Ok(ConnectorRequest { name, config, initial_state: None })
}

fn json(bytes: &[u8], path: &Path) -> Result<ConnectorRequest, ConnectorFileError> {
    let parsed: Json = serde_json::from_slice(bytes).map_err(|error| ConnectorFileError::Json {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        why: error.to_string(),
    })?;
    let shape = |why: &str| ConnectorFileError::Shape { path: path.to_owned(), why: why.to_owned() };
    let Json::Object(map) = parsed else { return Err(shape("it is no JSON object")) };
    let request = match map.get("config") {
        Some(Json::Object(config)) => {
            let name = map.get(NAME).and_then(Json::as_str).ok_or_else(|| shape("\"name\" is missing"))?;
            let mut config = texts(config).ok_or_else(|| shape("a value in \"config\" is neither text nor number"))?;
            config.entry(NAME.to_owned()).or_insert_with(|| Some(name.to_owned()));
            let state = match map.get("initial_state") {
                None | Some(Json::Null) => None,
                Some(state) => Some(
                    state
                        .as_str()
                        .and_then(target_state)
                        .ok_or_else(|| shape("\"initial_state\" is none of RUNNING, PAUSED, STOPPED"))?,
                ),
            };
            ConnectorRequest { name: name.to_owned(), config, initial_state: state }
        }
        _ => {
            let config = texts(&map).ok_or_else(|| shape("a value is neither text nor number"))?;
            let name = config.get(NAME).cloned().flatten().ok_or_else(|| shape("\"name\" is missing"))?;
            ConnectorRequest { name, config, initial_state: None }
        }
    };
    Ok(request)
}

/// `RUNNING`, `PAUSED` or `STOPPED` in any case (KIP-980).
pub fn target_state(name: &str) -> Option<TargetState> {
    match name.to_ascii_uppercase().as_str() {
        "RUNNING" => Some(TargetState::Started),
        "PAUSED" => Some(TargetState::Paused),
        "STOPPED" => Some(TargetState::Stopped),
        _ => None,
    }
}

/// A JSON object as a configuration: numbers and booleans become text. None if a value is an array or object.
pub fn texts(map: &Map<String, Json>) -> Option<RawProps> {
    map.iter().map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

fn text(value: &Json) -> Option<Option<String>> {
    match value {
        Json::Null => Some(None),
        Json::String(text) => Some(Some(text.clone())),
        Json::Bool(_) | Json::Number(_) => Some(Some(value.to_string())),
        Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<ConnectorRequest, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn all_forms_are_read() {
        let bare = read_text("c.json", r#"{"name":"x","tasks.max":2}"#).unwrap();
        let pair = read_text("c.json", r#"{"name":"x","config":{"tasks.max":"2"}}"#).unwrap();
        let properties = read_text("c.properties", "name=x\ntasks.max=2\n").unwrap();
        assert_eq!((&bare, &properties), (&pair, &pair));
        let stopped = read_text("c.json", r#"{"name":"x","config":{},"initial_state":"stopped"}"#).unwrap();
        assert_eq!(stopped.initial_state, Some(TargetState::Stopped));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(read_text("c.json", "{\"name\": \n}").unwrap_err().contains("line 2"));
        assert!(read_text("c.json", "[]").unwrap_err().contains("no JSON object"));
        assert!(read_text("c.json", r#"{"a":"b"}"#).unwrap_err().contains("\"name\" is missing"));
        let error = read(Path::new("/nowhere/c.json")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/c.json"), "{error}");
    }
}
