//! A source that says where its transactions end. Its `plan` is a list of polls, separated by `;`, each a list of texts separated by
//! spaces. A text that ends in `+` has the transaction committed after its record, one that ends in `-` has it aborted; `+` or `-` alone
//! means the same after the poll. Every task follows the plan, with its own number before each text, and goes on behind the record
//! whose offset was stored. `support` and `boundaries` are what the connector says of itself; with `fail` it fails instead.

use std::collections::BTreeMap;
use std::time::Duration;

use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, ExactlyOnceSupport, Importance, KeyType, PluginInfo, Record, Schema, SourceBatch,
    SourceConnector, SourceContext, SourceTask, Value,
};

struct Bounded {
    config: BTreeMap<String, String>,
}

struct BoundedTask {
    context: SourceContext,
    topic: String,
    number: String,
    polls: Vec<String>,
    /// The next poll, and the index of the first record that is still to be given.
    next: usize,
    first: i64,
    /// Index of the next poll's first record.
    index: i64,
}

impl SourceConnector for Bounded {
    type Task = BoundedTask;

    fn plugin() -> PluginInfo {
        let key = |name, documentation| ConfigKey::new(name, KeyType::String, Importance::High, documentation);
        let config = ConfigDef::new()
            .key(key("plan", "What is polled").default(""))
            .key(key("topic", "Where it goes"))
            .key(key("number", "Which task").default("0"))
            .key(key("support", "Whether it writes exactly once").default(""))
            .key(key("boundaries", "Whether it bounds transactions").default("true"));
        PluginInfo::new("caisson.probe.Bounded", "Bounds its transactions.", config)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let task = |number: u32| {
            let mut config = self.config.clone();
            config.insert("number".to_owned(), number.to_string());
            config
        };
        Ok((0..max_tasks).map(task).collect())
    }

    fn exactly_once_support(config: &BTreeMap<String, String>) -> Result<Option<ExactlyOnceSupport>, Error> {
        match config.get("support").map(String::as_str) {
            Some("supported") => Ok(Some(ExactlyOnceSupport::Supported)),
            Some("unsupported") => Ok(Some(ExactlyOnceSupport::Unsupported)),
            Some("fail") => Err(Error::connect("asked too much")),
            _ => Ok(None),
        }
    }

    fn can_define_transaction_boundaries(config: &BTreeMap<String, String>) -> Result<bool, Error> {
        match config.get("boundaries").map(String::as_str) {
            Some("fail") => Err(Error::connect("asked too much")),
            Some("false") => Ok(false),
            _ => Ok(true),
        }
    }
}

impl SourceTask for BoundedTask {
    fn start(config: &Config, context: SourceContext) -> Result<Self, Error> {
        let number = config.string("number")?.to_owned();
        let stored = context.offset(&[("task", Value::from(number.as_str()))])?;
        let index = stored.iter().flatten().find_map(|(name, value)| match value {
            Value::Int64(index) if name == "record" => Some(*index),
            _ => None,
        });
        let polls = config.string("plan")?.split(';').map(str::to_owned).collect();
        let (topic, first) = (config.string("topic")?.to_owned(), index.map_or(0, |index| index + 1));
        Ok(Self { context, topic, number, polls, next: 0, first, index: 0 })
    }

    fn poll(&mut self, batch: &mut SourceBatch) -> Result<(), Error> {
        let Some(poll) = self.polls.get(self.next).cloned() else {
            batch.wait(Duration::from_millis(50));
            return Ok(());
        };
        self.next += 1;
        let transactions = self.context.transactions();
        let number = self.number.clone();
        let partition = batch.partition(Some(&[("task", Value::from(number.as_str()))]))?;
        for text in poll.split_whitespace() {
            match (text, transactions) {
                ("+", Some(transactions)) => transactions.commit(),
                ("-", Some(transactions)) => transactions.abort(),
                _ => {}
            }
            let plain = text.trim_end_matches(['+', '-']);
            if plain.is_empty() {
                continue;
            }
            let index = self.index;
            self.index += 1;
            if index < self.first {
                continue;
            }
            let value = Datum::new(Schema::string(), format!("{number}{plain}"));
            let id = batch.push(
                Record::new(self.topic.clone()).with_value(value),
                partition,
                Some(&[("record", Value::Int64(index))]),
            )?;
            match (text.chars().last(), transactions) {
                (Some('+'), Some(transactions)) => transactions.commit_after(id),
                (Some('-'), Some(transactions)) => transactions.abort_after(id),
                _ => {}
            }
        }
        Ok(())
    }
}

caisson_sdk::export! {
    sources: [Bounded],
}
