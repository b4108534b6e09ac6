//! The servers and workers of the example, each with its data in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use caisson_harness::broker::{Kafka, fresh};
use caisson_harness::deadline::until;
use caisson_harness::mariadb::{self, MariaDb};
use caisson_harness::rest::Rest;
use caisson_harness::search::{Engine, SearchServer};
use caisson_harness::worker::{Plan, Worker, binary};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The index, which is called as the topic.
pub const INDEX: &str = "shop-orders";
const DATABASE: &str = "shop";
const LIMIT: Duration = Duration::from_secs(120);

/// All of it. Dropping it stops everything.
pub struct Stage {
    workers: Vec<Option<Worker>>,
    _kafka: Kafka,
    database: MariaDb,
    search: SearchServer,
    _folder: TempDir,
}

impl Stage {
    /// Starts everything, with an empty table.
    pub fn start() -> anyhow::Result<Self> {
        let database = MariaDb::start()?;
        let url = database.database(DATABASE)?;
        database.sql(DATABASE, &read("orders.sql")?)?;
        // What is written is to outlive the server's death.
        database.sql("mysql", "SET GLOBAL innodb_flush_log_at_trx_commit = 1")?;
        let search = SearchServer::start(Engine::OpenSearch)?;
        let kafka = Kafka::start(&["-Xms256m", "-Xmx768m"])?;
        let (folder, group) = (tempfile::tempdir()?, fresh("orders"));
        let mut workers = Vec::new();
        for number in 0..2 {
            let own = folder.path().join(format!("worker-{number}"));
            fs::create_dir_all(&own)?;
            let mut plan = Plan::in_cluster(&own, kafka.bootstrap(), &group)?;
            plan.set("config.providers", "env");
            plan.set("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
            plan.set("offset.flush.interval.ms", "1000");
            plan.set("scheduled.rebalance.max.delay.ms", "2000");
            let mut command = Command::new(binary());
            command.arg("distributed").args(plan.arguments()?);
            command.env("ORDERS_DATABASE_URL", &url).env("ORDERS_SEARCH_URL", search.url());
            command.env("ORDERS_DATABASE_USER", mariadb::USER).env("ORDERS_DATABASE_PASSWORD", mariadb::PASSWORD);
            workers.push(Some(plan.start_as(&command)?));
        }
        Ok(Self { workers, _kafka: kafka, database, search, _folder: folder })
    }

    /// Creates both connectors and waits until they run.
    pub fn create_connectors(&self) -> anyhow::Result<()> {
        for end in ["source", "sink"] {
            let (name, config) = (format!("orders-{end}"), serde_json::from_str::<Value>(&read(&format!("{end}.json"))?)?);
            // For a moment the workers do not know who leads.
            let body = json!({"name": name, "config": config});
            until("the connector is created", LIMIT, || self.rest()?.ask("POST", "/connectors", Some(&body)).map(Some))?;
            self.rest()?.await_running(&name, LIMIT)?;
        }
        Ok(())
    }

    /// Writes orders of these numbers, counted from 0, as many as a statement has patience for at a time.
    pub fn order(&self, from: u64, to: u64) -> anyhow::Result<()> {
        let insert = format!(
            "INSERT INTO orders (id, customer, item, quantity, price) \
             SELECT seq, CONCAT('customer ', seq MOD 1000), CONCAT('item ', seq MOD 77), 1 + seq MOD 9, (100 + seq MOD 100000) / 100 \
             FROM seq_{}_to_{to} ORDER BY seq",
            from + 1
        );
        self.database.sql(DATABASE, &insert).map(drop)
    }

    /// How many orders can be found.
    pub fn found(&self) -> anyhow::Result<u64> {
        // The sink makes the index when it meets the first.
        Ok(self.search.count(INDEX).unwrap_or(0))
    }

    /// What the index answers to a query.
    pub fn search(&self, query: &Value) -> anyhow::Result<Value> {
        self.search.post(&format!("/{INDEX}/_search"), query)
    }

    /// The statuses of all connectors, as text.
    pub fn statuses(&self) -> anyhow::Result<String> {
        Ok(self.rest()?.get("/connectors?expand=status")?.to_string())
    }

    /// Kills the worker that runs a task, `connector/task`. Returns who it was.
    pub fn kill_worker_of(&mut self, task: &str) -> anyhow::Result<String> {
        let (connector, number) = task.split_once('/').context("a task is named connector/number")?;
        let status = self.rest()?.get(&format!("/connectors/{connector}/tasks/{number}/status"))?;
        let id = status["worker_id"].as_str().context("the task has no worker")?.to_owned();
        let runs_it = |worker: &Option<Worker>| worker.as_ref().is_some_and(|worker| worker.rest().base().ends_with(&id));
        let Some(place) = self.workers.iter().position(runs_it) else { bail!("no worker is {id}") };
        if let Some(worker) = self.workers[place].take() {
            worker.kill();
        }
        Ok(id)
    }

    /// Kills MariaDB, as a crash would, and starts it again.
    pub fn restart_database(&mut self) -> anyhow::Result<()> {
        self.database.kill()?;
        self.database.run()
    }

    /// Stops the search server and starts it again.
    pub fn restart_search(&mut self) -> anyhow::Result<()> {
        self.search.stop()?;
        self.search.start_again()
    }

    /// Where things are, for who wants to look.
    pub fn places(&self) -> anyhow::Result<String> {
        Ok(format!(
            "workers: {}\nsearch: {}/{INDEX}/_search?pretty\ndatabase: {}",
            self.rest()?.base(),
            self.search.url(),
            self.database.url(DATABASE)
        ))
    }

    fn rest(&self) -> anyhow::Result<&Rest> {
        self.workers.iter().flatten().next().map(Worker::rest).context("no worker is left")
    }
}

/// The customer of an order.
pub fn customer(order: u64) -> String {
    format!("customer {}", order % 1000)
}

fn read(name: &str) -> anyhow::Result<String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/orders").join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}
