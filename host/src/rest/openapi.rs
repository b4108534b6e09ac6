//! `/openapi.json`: the API described for tools (OpenAPI 3.1), made from the endpoints that are served.

use axum::extract::State;
use serde_json::{Map, Value as Json, json};

use super::App;
use super::answer::{Answer, ok};
use super::endpoints::{Endpoint, Operation, of_admins, of_users};

pub(super) async fn document(State(_herder): State<App>) -> Answer {
    ok(&describe())
}

/// The whole document.
fn describe() -> Json {
    let paths: Map<String, Json> =
        of_users().into_iter().chain(of_admins()).map(|endpoint| (endpoint.path.to_owned(), path(&endpoint))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Caisson: the REST API of Kafka Connect",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas()},
    })
}

fn path(endpoint: &Endpoint) -> Json {
    let names = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Json> =
        names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect();
    let methods =
        endpoint.operations.iter().map(|operation| (operation.method.to_owned(), describe_operation(operation, &parameters)));
    Json::Object(methods.collect())
}

fn describe_operation(operation: &Operation, path: &[Json]) -> Json {
    let query = operation.query.iter().map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}));
    let parameters: Vec<Json> = path.iter().cloned().chain(query).collect();
    let mut success = json!({"description": "It is done"});
    if let (Some(schema), Some(success)) = (operation.answer, success.as_object_mut()) {
        success.insert("content".to_owned(), content(schema));
    }
    let mut described = json!({
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            operation.status.to_string(): success,
            "default": {"description": "It is not", "content": content("ErrorMessage")},
        },
    });
    if let (Some(schema), Some(described)) = (operation.body, described.as_object_mut()) {
        described.insert("requestBody".to_owned(), json!({"required": true, "content": content(schema)}));
    }
    described
}

fn content(schema: &str) -> Json {
    json!({"application/json": {"schema": reference(schema)}})
}

fn reference(schema: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// An object with these members, the first `required` of which are always there.
fn object(required: usize, members: &[(&str, Json)]) -> Json {
    let properties: Map<String, Json> = members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<&str> = members.iter().take(required).map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn list(of: Json) -> Json {
    json!({"type": "array", "items": of})
}

fn map(of: Json) -> Json {
    json!({"type": "object", "additionalProperties": of})
}

fn schemas() -> Json {
    let (text, number, flag) = (json!({"type": "string"}), json!({"type": "integer"}), json!({"type": "boolean"}));
    let maybe = json!({"type": ["string", "null"]});
    let task_id = object(2, &[("connector", text.clone()), ("task", number.clone())]);
    let all = [
        ("ErrorMessage", object(2, &[("error_code", number.clone()), ("message", maybe.clone())])),
        ("Message", object(1, &[("message", text.clone())])),
        ("Names", list(text.clone())),
        ("Config", map(json!({"type": ["string", "number", "boolean", "null"]}))),
        ("ServerInfo", object(3, &[("version", text.clone()), ("commit", text.clone()), ("kafka_cluster_id", text.clone())])),
        ("Health", object(2, &[("status", text.clone()), ("message", text.clone())])),
        ("ConnectorList", json!({"oneOf": [list(text.clone()), map(json!({"type": "object"}))]})),
        (
            "CreateConnectorRequest",
            object(2, &[("name", text.clone()), ("config", reference("Config")), ("initial_state", text.clone())]),
        ),
        (
            "ConnectorInfo",
            object(
                4,
                &[
                    ("name", text.clone()),
                    ("config", reference("Config")),
                    ("tasks", list(task_id.clone())),
                    ("type", text.clone()),
                ],
            ),
        ),
        ("TaskInfos", list(object(2, &[("id", task_id), ("config", reference("Config"))]))),
        ("TaskState", state(true)),
        (
            "ConnectorStateInfo",
            object(
                4,
                &[
                    ("name", text.clone()),
                    ("connector", state(false)),
                    ("tasks", list(reference("TaskState"))),
                    ("type", text.clone()),
                ],
            ),
        ),
        ("ActiveTopics", map(object(1, &[("topics", list(text.clone()))]))),
        (
            "ConnectorOffsets",
            object(
                1,
                &[(
                    "offsets",
                    list(object(2, &[("partition", json!({"type": "object"})), ("offset", json!({"type": ["object", "null"]}))])),
                )],
            ),
        ),
        ("PluginInfos", list(object(3, &[("class", text.clone()), ("type", text.clone()), ("version", text.clone())]))),
        ("ConfigKeyInfos", list(reference("ConfigKeyInfo"))),
        ("ConfigKeyInfo", config_key(&text, &maybe, &number, &flag)),
        ("ConfigInfos", config_infos(&text, &maybe, &number, &flag)),
        ("LoggerLevel", object(2, &[("level", text.clone()), ("last_modified", json!({"type": ["integer", "null"]}))])),
        ("LoggerLevels", map(reference("LoggerLevel"))),
        ("SetLevel", object(1, &[("level", text)])),
    ];
    Json::Object(all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect())
}

/// The status of a task, or of a connector, which has no `id`.
fn state(id: bool) -> Json {
    let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
    let mut members = vec![("state", text.clone()), ("worker_id", text.clone())];
    if id {
        members.insert(0, ("id", number));
    }
    let required = members.len();
    members.extend([("trace", text.clone()), ("version", text)]);
    object(required, &members)
}

fn config_key(text: &Json, maybe: &Json, number: &Json, flag: &Json) -> Json {
    let members = [
        ("name", text.clone()),
        ("type", text.clone()),
        ("required", flag.clone()),
        ("default_value", maybe.clone()),
        ("importance", text.clone()),
        ("documentation", text.clone()),
        ("group", maybe.clone()),
        ("order_in_group", number.clone()),
        ("width", text.clone()),
        ("display_name", text.clone()),
        ("dependents", list(text.clone())),
    ];
    object(members.len(), &members)
}

fn config_infos(text: &Json, maybe: &Json, number: &Json, flag: &Json) -> Json {
    let value = [
        ("name", text.clone()),
        ("value", maybe.clone()),
        ("recommended_values", list(text.clone())),
        ("errors", list(text.clone())),
        ("visible", flag.clone()),
    ];
    let definition = json!({"oneOf": [reference("ConfigKeyInfo"), {"type": "null"}]});
    let config = object(2, &[("definition", definition), ("value", object(value.len(), &value))]);
    object(
        4,
        &[("name", text.clone()), ("error_count", number.clone()), ("groups", list(text.clone())), ("configs", list(config))],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::definition::{ConfigKey, Type};
    use crate::config::validation::ConfigValue;
    use crate::herder::entities::{ConfigInfo, ConfigInfos, ConnectorInfo, ConnectorTaskId, TaskState};

    fn shown(value: &impl serde::Serialize) -> Json {
        serde_json::to_value(value).unwrap()
    }

    /// The names of an object's members are those of its schema.
    fn same_members(schema: &Json, value: &Json) {
        let names = |object: &Json| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&schema["properties"]), names(value), "{value}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = describe().to_string();
        let schemas = schemas();
        for part in document.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.get(name).is_some(), "{name}");
        }
        for name in schemas.as_object().unwrap().keys() {
            assert!(document.contains(&format!("schemas/{name}\"")), "{name} is used nowhere");
        }
    }

    #[test]
    fn schemas_are_those_of_the_answers() {
        let schemas = schemas();
        let text = || "x".to_owned();
        let info = ConnectorInfo {
            name: text(),
            config: Default::default(),
            tasks: vec![ConnectorTaskId { connector: text(), task: 0 }],
            type_: text(),
        };
        same_members(&schemas["ConnectorInfo"], &shown(&info));
        let state = TaskState { id: 0, state: "RUNNING", worker_id: text(), trace: Some(text()), version: Some(text()) };
        same_members(&schemas["TaskState"], &shown(&state));
        let key = ConfigKey::new("x", Type::String, "");
        same_members(&schemas["ConfigKeyInfo"], &shown(&key));
        let config = ConfigInfo { definition: Some(key), value: Some(ConfigValue::new("x")) };
        let infos = ConfigInfos { name: text(), error_count: 0, groups: vec![text()], configs: vec![config] };
        let infos = shown(&infos);
        same_members(&schemas["ConfigInfos"], &infos);
        let value = &schemas["ConfigInfos"]["properties"]["configs"]["items"]["properties"]["value"];
        same_members(value, &infos["configs"][0]["value"]);
    }
}
