//! A client of a worker's REST API, be it Caisson's or the JVM's.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::deadline;

/// The API at one address. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Rest {
    base: String,
    agent: Agent,
}

/// An answer of any status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// The body as JSON; null if it is empty or something else.
    pub body: Value,
}

impl Rest {
    /// `base` is such as `http://127.0.0.1:8083`.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(90))).build();
        Self { base: base.to_owned(), agent: config.into() }
    }

    /// The address it was made with.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request and reads the answer. An error means that there was none.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let what = || format!("{method} {}{path}", self.base);
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let request = request.header("Content-Type", "application/json").header("Accept", "application/json");
        let request = request.body(body.map(Value::to_string).unwrap_or_default())?;
        let mut response = self.agent.run(request).with_context(what)?;
        let text = response.body_mut().read_to_string().with_context(what)?;
        Ok(Answer { status: response.status().as_u16(), body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    /// As [`Rest::call`], with every status but 2xx an error that shows the answer.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let answer = self.call(method, path, body)?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} {path} gave {}: {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask("GET", path, None)
    }

    /// The body of `GET path` as it is.
    pub fn text(&self, path: &str) -> anyhow::Result<String> {
        let what = || format!("GET {}{path}", self.base);
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().with_context(what)?;
        response.body_mut().read_to_string().with_context(what)
    }

    /// Creates a connector from its configuration, an object of strings.
    pub fn create(&self, name: &str, config: &Value) -> anyhow::Result<Value> {
        self.ask("POST", "/connectors", Some(&json!({ "name": name, "config": config })))
    }

    /// Removes a connector.
    pub fn delete(&self, name: &str) -> anyhow::Result<()> {
        self.ask("DELETE", &format!("/connectors/{name}"), None).map(|_| ())
    }

    /// Waits until the connector and all its tasks, at least one, are RUNNING.
    pub fn await_running(&self, name: &str, limit: Duration) -> anyhow::Result<()> {
        deadline::until(&format!("{name} is RUNNING"), limit, || {
            let status = self.get(&format!("/connectors/{name}/status"))?;
            if status["connector"]["state"] == "RUNNING"
                && states(&status).is_some_and(|all| all.iter().all(|state| *state == "RUNNING"))
            {
                return Ok(Some(()));
            }
            bail!("{status}")
        })
    }

    /// Waits until the task with that number is FAILED, and returns its trace.
    pub fn await_failed_task(&self, name: &str, task: usize, limit: Duration) -> anyhow::Result<String> {
        deadline::until(&format!("task {task} of {name} is FAILED"), limit, || {
            let status = self.get(&format!("/connectors/{name}/status"))?;
            let task = &status["tasks"][task];
            if task["state"] == "FAILED" {
                return Ok(Some(task["trace"].as_str().unwrap_or_default().to_owned()));
            }
            bail!("{status}")
        })
    }
}

/// States of the tasks in a status, if there are any.
fn states(status: &Value) -> Option<Vec<&str>> {
    let tasks = status["tasks"].as_array().filter(|tasks| !tasks.is_empty())?;
    Some(tasks.iter().map(|task| task["state"].as_str().unwrap_or_default()).collect())
}
