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

const PROMISES: [Promise; 11] = [
    promise(Workload::Start, "start to RUNNING, s", "/running_s", 20.0),
    promise(Workload::Start, "idle memory, MiB", "/idle_mib", 10.0),
    promise(Workload::Source, "source, CPU µs a record", "/warm/cpu_us_per_record", 4.0),
    promise(Workload::SourceSmt, "source with 3 SMTs, CPU µs a record", "/warm/cpu_us_per_record", 3.0),
    promise(Workload::Sink, "sink, CPU µs a record", "/warm/cpu_us_per_record", 1.5),
    promise(Workload::SinkSmt, "sink with 3 SMTs, CPU µs a record", "/warm/cpu_us_per_record", 1.5),
    promise(Workload::JdbcSource, "JDBC source, CPU µs a record", "/warm/cpu_us_per_record", 2.0),
    promise(Workload::JdbcSource, "JDBC source, peak memory, MiB", "/warm/peak_mib", 5.0),
    promise(Workload::JdbcSink, "JDBC sink, CPU µs a record", "/warm/cpu_us_per_record", 2.0),
    promise(Workload::JdbcSink, "JDBC sink, peak memory, MiB", "/warm/peak_mib", 5.0),
    promise(Workload::Latency, "latency p50, ms", "/p50_ms", 1.0),
];

const fn promise(workload: Workload, what: &'static str, pointer: &'static str, times: f64) -> Promise {
    Promise { workload, what, pointer, bare: "/cpu_us_per_record", times }
}

/// A figure of Caisson that has a bound of its own.
struct Bound {
    workload: Workload,
    what: &'static str,
    pointer: &'static str,
    most: f64,
}

const BOUNDS: [Bound; 4] = [
    bound("1,000 connectors created and RUNNING, s", "/created_s", 60.0),
    bound("all of them listed with status and info, ms", "/list_ms", 200.0),
    bound("CPU of the idle worker, % of a core", "/idle_cpu_percent", 5.0),
    bound("memory of an idle connector and its task, KiB", "/kib_per_connector", 200.0),
];

const fn bound(what: &'static str, pointer: &'static str, most: f64) -> Bound {
    Bound { workload: Workload::Connectors, what, pointer, most }
}

impl Report {
    pub fn new(records: u64) -> Self {
        Self { records, rows: Vec::new() }
    }

    pub fn add(&mut self, workload: Workload, system: &'static str, figures: Value) {
        self.rows.push((workload, system, figures));
    }

    /// The median of all rounds.
    fn figure(&self, workload: Workload, system: &str, pointer: &str) -> Option<f64> {
        let rounds = self.rows.iter().filter(|(of, by, _)| *of == workload && *by == system);
        median(rounds.filter_map(|(_, _, figures)| figures.pointer(pointer)?.as_f64()).collect())
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
        self.bounds() + &text
    }

    /// Those figures that have bounds, beside the JVM's, which may be of fewer connectors.
    fn bounds(&self) -> String {
        let mut text = String::new();
        for bound in &BOUNDS {
            let Some(ours) = self.figure(bound.workload, "caisson", bound.pointer) else { continue };
            if text.is_empty() {
                text = String::from("\n| | caisson | jvm | at most |\n|---|---|---|---|\n");
            }
            let kept = if ours <= bound.most { "✓" } else { "✗" };
            let count = self.figure(bound.workload, "jvm", "/connectors").unwrap_or_default();
            let jvm = self.figure(bound.workload, "jvm", bound.pointer).map(|jvm| format!("{jvm} (of {count})"));
            let _ = writeln!(text, "| {} | {ours} {kept} | {} | {} |", bound.what, jvm.unwrap_or("–".to_owned()), bound.most);
        }
        text
    }

    /// Everything measured: a list of rounds for each system.
    pub fn json(&self) -> String {
        let mut results = Map::new();
        for (workload, system, figures) in &self.rows {
            let rounds = &mut results.entry(workload.name()).or_insert_with(|| json!({}))[*system];
            match rounds.as_array_mut() {
                Some(rounds) => rounds.push(figures.clone()),
                None => *rounds = json!([figures]),
            }
        }
        format!("{:#}\n", json!({ "records": self.records, "results": results }))
    }
}

/// None of no values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
