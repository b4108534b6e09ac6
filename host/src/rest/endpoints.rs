//! Every path of the API: what answers it, and what a client must know of it. The routes and `/openapi.json` are both made from this.

use axum::routing::{MethodRouter, get, post, put};

use super::{App, connector_plugins, connectors, loggers, metrics, offsets, openapi, restarts, root};

/// A path.
pub(super) struct Endpoint {
    /// With its parameters in braces.
    pub path: &'static str,
    /// What answers it.
    pub routes: MethodRouter<App>,
    /// Its methods, in the order of `routes`.
    pub operations: &'static [Operation],
}

/// A method of a path.
pub(super) struct Operation {
    /// `get`, `post`, …
    pub method: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Names of query parameters.
    pub query: &'static [&'static str],
    /// The schema of the request's body.
    pub body: Option<&'static str>,
    /// The status of success.
    pub status: u16,
    /// The schema of the answer's body.
    pub answer: Option<&'static str>,
}

const fn op(method: &'static str, summary: &'static str, status: u16) -> Operation {
    Operation { method, summary, query: &[], body: None, status, answer: None }
}

impl Operation {
    const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    const fn takes(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self
    }

    const fn gives(mut self, schema: &'static str) -> Self {
        self.answer = Some(schema);
        self
    }
}

fn endpoint(path: &'static str, routes: MethodRouter<App>, operations: &'static [Operation]) -> Endpoint {
    Endpoint { path, routes, operations }
}

/// The admin endpoints.
pub(super) fn of_admins() -> Vec<Endpoint> {
    vec![
        endpoint(
            "/admin/loggers",
            get(loggers::list),
            const { &[op("get", "Loggers that have a level of their own", 200).gives("LoggerLevels")] },
        ),
        endpoint(
            "/admin/loggers/{logger}",
            get(loggers::get).put(loggers::set),
            const {
                &[
                    op("get", "The level of a logger", 200).gives("LoggerLevel"),
                    op("put", "Set the level of a logger and of those below it", 200)
                        .query(&["scope"])
                        .takes("SetLevel")
                        .gives("Names"),
                ]
            },
        ),
    ]
}

/// All others.
pub(super) fn of_users() -> Vec<Endpoint> {
    let mut all = of_worker();
    all.extend(of_connectors());
    all.extend(of_one_connector());
    all.extend(of_plugins());
    all
}

fn of_worker() -> Vec<Endpoint> {
    vec![
        endpoint(
            "/",
            get(root::server_info),
            const { &[op("get", "Version and Kafka cluster of the worker", 200).gives("ServerInfo")] },
        ),
        endpoint(
            "/health",
            get(root::health),
            const { &[op("get", "Whether the worker can handle requests", 200).gives("Health")] },
        ),
        endpoint("/metrics", get(metrics::scrape), const { &[op("get", "Metrics, for Prometheus", 200)] }),
        endpoint("/openapi.json", get(openapi::document), const { &[op("get", "This document", 200)] }),
    ]
}

fn of_connectors() -> Vec<Endpoint> {
    vec![
        endpoint(
            "/connectors",
            get(connectors::list).post(connectors::create),
            const {
                &[
                    op("get", "Names of all connectors, or with `expand` more", 200).query(&["expand"]).gives("ConnectorList"),
                    op("post", "Create a connector", 201).takes("CreateConnectorRequest").gives("ConnectorInfo"),
                ]
            },
        ),
        endpoint(
            "/connectors/{name}",
            get(connectors::info).delete(connectors::delete),
            const {
                &[
                    op("get", "A connector, its configuration and tasks", 200).gives("ConnectorInfo"),
                    op("delete", "Remove a connector; its offsets are kept", 204),
                ]
            },
        ),
        endpoint(
            "/connectors/{name}/config",
            get(connectors::config).put(connectors::put_config).patch(connectors::patch_config),
            const {
                &[
                    op("get", "A connector's configuration", 200).gives("Config"),
                    op("put", "Create a connector (201) or change its configuration (200)", 200)
                        .takes("Config")
                        .gives("ConnectorInfo"),
                    op("patch", "Change some keys; null removes one", 200).takes("Config").gives("ConnectorInfo"),
                ]
            },
        ),
        endpoint(
            "/connectors/{name}/tasks",
            get(connectors::tasks).post(connectors::put_tasks),
            const {
                &[
                    op("get", "A connector's tasks and their configurations", 200).gives("TaskInfos"),
                    op("post", "For workers among themselves", 204),
                ]
            },
        ),
        endpoint(
            "/connectors/{name}/offsets",
            get(offsets::get).patch(offsets::alter).delete(offsets::reset),
            const {
                &[
                    op("get", "A connector's offsets", 200).gives("ConnectorOffsets"),
                    op("patch", "Change offsets of a stopped connector", 200).takes("ConnectorOffsets").gives("Message"),
                    op("delete", "Forget the offsets of a stopped connector", 200).gives("Message"),
                ]
            },
        ),
    ]
}

fn of_one_connector() -> Vec<Endpoint> {
    vec![
        endpoint(
            "/connectors/{name}/status",
            get(connectors::status),
            const { &[op("get", "Statuses of a connector and its tasks", 200).gives("ConnectorStateInfo")] },
        ),
        endpoint(
            "/connectors/{name}/tasks/{task}/status",
            get(connectors::task_status),
            const { &[op("get", "The status of a task", 200).gives("TaskState")] },
        ),
        endpoint("/connectors/{name}/tasks/{task}/restart", post(restarts::task), const { &[op("post", "Restart a task", 204)] }),
        endpoint(
            "/connectors/{name}/restart",
            post(restarts::connector),
            const {
                &[op("post", "Restart a connector (204), or what the query says of it and its tasks (202)", 204)
                    .query(&["includeTasks", "onlyFailed"])]
            },
        ),
        endpoint(
            "/connectors/{name}/pause",
            put(restarts::pause),
            const { &[op("put", "Pause a connector and its tasks", 202)] },
        ),
        endpoint("/connectors/{name}/resume", put(restarts::resume), const { &[op("put", "Resume a connector", 202)] }),
        endpoint(
            "/connectors/{name}/stop",
            put(restarts::stop),
            const { &[op("put", "Stop a connector: it has no tasks then", 204)] },
        ),
        endpoint("/connectors/{name}/fence", put(restarts::fence), const { &[op("put", "For workers among themselves", 204)] }),
        endpoint(
            "/connectors/{name}/topics",
            get(connectors::topics),
            const { &[op("get", "Topics that a connector has used", 200).gives("ActiveTopics")] },
        ),
        endpoint(
            "/connectors/{name}/topics/reset",
            put(connectors::reset_topics),
            const { &[op("put", "Forget the topics that a connector has used", 202)] },
        ),
    ]
}

fn of_plugins() -> Vec<Endpoint> {
    vec![
        endpoint(
            "/connector-plugins",
            get(connector_plugins::list),
            const { &[op("get", "Plugins that are installed", 200).query(&["connectorsOnly"]).gives("PluginInfos")] },
        ),
        endpoint(
            "/connector-plugins/{plugin}/config",
            get(connector_plugins::config),
            const { &[op("get", "The keys of a plugin", 200).query(&["version"]).gives("ConfigKeyInfos")] },
        ),
        endpoint(
            "/connector-plugins/{plugin}/config/validate",
            put(connector_plugins::validate),
            const { &[op("put", "Judge a configuration", 200).takes("Config").gives("ConfigInfos")] },
        ),
    ]
}
