//! A source that is not content with its database. Its task FAILs with what became of everything that it tried, one line each: which values
//! it was given; the lines of its key `ask.for`, `key=value` each, by which it asks for a database with that key changed; the lines of
//! `statements`, each executed in its own database, or queried if it begins with SELECT. `task.url` is what its connector gives its
//! task for `connection.url`.

use std::collections::BTreeMap;

use caisson_sdk::sql::column_type::ColumnType;
use caisson_sdk::sql::parameters::Parameters;
use caisson_sdk::sql::{CAPABILITY, Connection, OpenOptions};
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, SourceBatch, SourceConnector, SourceContext, SourceTask,
};

const URL: &str = "connection.url";
const ASK_FOR: &str = "ask.for";
const STATEMENTS: &str = "statements";
const TASK_URL: &str = "task.url";

struct SqlAccess {
    config: BTreeMap<String, String>,
}

struct SqlAccessTask {
    config: Config,
}

fn definition() -> ConfigDef {
    let key = |name, documentation| ConfigKey::new(name, KeyType::String, Importance::Low, documentation).default("");
    ConfigDef::new()
        .key(key(URL, "Its database"))
        .key(key(ASK_FOR, "What it asks for beside that"))
        .key(key(STATEMENTS, "What it executes"))
        .key(key(TASK_URL, "The database of its task"))
}

impl SourceConnector for SqlAccess {
    type Task = SqlAccessTask;

    fn plugin() -> PluginInfo {
        PluginInfo::new("caisson.probe.SqlAccess", "Asks for databases.", definition()).capability(CAPABILITY)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, _max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let mut config = self.config.clone();
        if let Some(url) = config.get(TASK_URL).cloned() {
            config.insert(URL.to_owned(), url);
        }
        Ok(vec![config])
    }
}

impl SourceTask for SqlAccessTask {
    fn start(config: &Config, _context: SourceContext) -> Result<Self, Error> {
        Ok(Self { config: config.clone() })
    }

    fn poll(&mut self, _batch: &mut SourceBatch) -> Result<(), Error> {
        let given = self.config.originals().iter().filter(|(key, _)| key.starts_with("connection."));
        let mut told: Vec<String> = given.map(|(key, value)| format!("given {key}={value}")).collect();
        for line in self.config.string(ASK_FOR)?.lines() {
            told.push(format!("{line}: {}", outcome(self.ask_for(line))));
        }
        let statements = self.config.string(STATEMENTS)?;
        for statement in statements.lines() {
            // What is refused may end its connection.
            let connection = Connection::open(&self.config, &OpenOptions::default())?;
            told.push(format!("{statement}: {}", outcome(run(&connection, statement))));
        }
        Err(Error::connect(told.join("\n")))
    }
}

impl SqlAccessTask {
    fn ask_for(&self, line: &str) -> Result<String, Error> {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let mut asked = self.config.originals().clone();
        asked.insert(key.to_owned(), value.to_owned());
        let asked = definition().parse(asked.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
        Ok(format!("opened {}", Connection::open(&asked, &OpenOptions::default())?.about().url()))
    }
}

fn outcome(done: Result<String, Error>) -> String {
    done.unwrap_or_else(|error| format!("failed with {}", error.message()))
}

/// Executes a statement; of a query, the first column of the first row.
fn run(connection: &Connection, statement: &str) -> Result<String, Error> {
    if !statement.starts_with("SELECT") {
        connection.execute(statement, &Parameters::none())?;
        return Ok("executed".to_owned());
    }
    let cursor = connection.query(statement, &Parameters::none(), 0)?;
    cursor.read_as(&[], &[(0, ColumnType::String)])?;
    let rows = cursor.fetch(1, 1000)?;
    match rows.iter().next() {
        Some(row) => Ok(format!("gave {:?}", row?.beside(&[ColumnType::String])?)),
        None => Ok("gave no row".to_owned()),
    }
}

caisson_sdk::export! {
    sources: [SqlAccess],
}
