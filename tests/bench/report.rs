//! The figures side by side, and what the project promises of them.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::workload::Workload;

/// All figures of one run.
pub struct Report {
    records: u64,
    rows: Vec<(Workload, &'static str, Value)>,
}

/// A figure of which less is better, and how many times less than the JVM's it has to be.
struct Promise {
    workload: Workload,
    what: &'static str,
    /// Where it is in the figures.
    pointer: &'static str,
    /// Where the bare loop prints the same.
    bare: &'static str,
    times: f64,
}

const PROMISES: [Promise; 7] = [
    promise(Workload::Start, "start to RUNNING, s", "/running_s", 20.0),
    promise(Workload::Start, "idle memory, MiB", "/idle_mib", 10.0),
    promise(Workload::Source, "source, CPU µs a record", "/warm/cpu_us_per_record", 4.0),
    promise(Workload::SourceSmt, "source with 3 SMTs, CPU µs a record", "/warm/cpu_us_per_record", 3.0),
    promise(Workload::Sink, "sink, CPU µs a record", "/warm/cpu_us_per_record", 1.5),
    promise(Workload::SinkSmt, "sink with 3 SMTs, CPU µs a record", "/warm/cpu_us_per_record", 1.5),
    promise(Workload::Latency, "latency p50, ms", "/p50_ms", 1.0),
];

const fn promise(workload: Workload, what: &'static str, pointer: &'static str, times: f64) -> Promise {
    Promise { workload, what, pointer, bare: "/cpu_us_per_record", times }
}

impl Report {
    pub fn new(records: u64) -> Self {
        Self { records, rows: Vec::new() }
    }

    pub fn add(&mut self, workload: Workload, system: &'static str, figures: Value) {
        self.rows.push((workload, system, figures));
    }

    fn figure(&self, workload: Workload, system: &str, pointer: &str) -> Option<f64> {
        let row = self.rows.iter().find(|(of, by, _)| *of == workload && *by == system)?;
        row.2.pointer(pointer)?.as_f64()
    }

    /// A table in Markdown; a dash where something was not measured.
    pub fn table(&self) -> String {
        let mut text =
            String::from("\n| | caisson | jvm | bare librdkafka | jvm ÷ caisson | promised |\n|---|---|---|---|---|---|\n");
        let show = |figure: Option<f64>| figure.map_or("–".to_owned(), |figure| format!("{figure:.2}"));
        for promise in &PROMISES {
            let ours = self.figure(promise.workload, "caisson", promise.pointer);
            let jvm = self.figure(promise.workload, "jvm", promise.pointer);
            let bare = self.figure(promise.workload, "bare", promise.bare);
            let Some(ours) = ours else { continue };
            let ratio = jvm.map(|jvm| jvm / ours);
            let kept = ratio.map_or("", |ratio| if ratio >= promise.times { " ✓" } else { " ✗" });
            let (jvm, bare, ratio) = (show(jvm), show(bare), show(ratio));
            let _ = writeln!(text, "| {} | {ours:.2} | {jvm} | {bare} | {ratio}{kept} | {} |", promise.what, promise.times);
        }
        text
    }

    /// Everything measured.
    pub fn json(&self) -> String {
        let mut results = Map::new();
        for (workload, system, figures) in &self.rows {
            results.entry(workload.name()).or_insert_with(|| json!({}))[*system] = figures.clone();
        }
        format!("{:#}\n", json!({ "records": self.records, "results": results }))
    }
}
