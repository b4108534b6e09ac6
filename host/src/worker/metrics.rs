//! What a worker measures, under the names that the usual rules of the JMX exporter give the JVM worker's MBeans
//! (Kafka: `ConnectMetricsRegistry`; names: Strimzi's rules for Kafka Connect), and what it measures of its sandboxes.

use crate::errors::counts::ErrorReading;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::{host_calls, usage};
use crate::storage::status_store::{State, TaskId};
use crate::task::counters::Counters;

use super::Worker;
use super::startups::Startups;

/// How a value behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It only grows; the name ends in `_total`.
    Counter,
    /// It goes up and down. As in the exporter's rules so do some totals by name.
    Gauge,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name of the series.
    pub name: &'static str,
    /// Counter or gauge.
    pub behaviour: Behaviour,
    /// Label names and values.
    pub labels: Vec<(&'static str, String)>,
    /// The value; NaN when nothing was measured.
    pub value: f64,
}

/// Collects samples that share labels.
struct Samples<'a> {
    all: &'a mut Vec<Sample>,
    labels: Vec<(&'static str, String)>,
}

impl Samples<'_> {
    fn add(&mut self, name: &'static str, value: f64) {
        let behaviour = if name.ends_with("_total") { Behaviour::Counter } else { Behaviour::Gauge };
        self.all.push(Sample { name, behaviour, labels: self.labels.clone(), value });
    }

    /// A text: a series that is 1, with the text as a label.
    fn text(&mut self, name: &'static str, label: &'static str, text: impl Into<String>) {
        let mut labels = self.labels.clone();
        labels.push((label, text.into()));
        self.all.push(Sample { name, behaviour: Behaviour::Gauge, labels, value: 1.0 });
    }

    /// The same series once more for a value of a further label.
    fn of(&mut self, label: &'static str, value: &str) -> Samples<'_> {
        let mut labels = self.labels.clone();
        labels.push((label, value.to_owned()));
        Samples { all: &mut *self.all, labels }
    }
}

impl Worker {
    /// Everything measured, at this moment.
    pub fn metrics(&self) -> Vec<Sample> {
        let mut all = Vec::new();
        let plugins = self.lock_plugins().clone();
        let mut samples = Samples { all: &mut all, labels: Vec::new() };
        samples.text("kafka_connect_version_info", "version", env!("CARGO_PKG_VERSION"));
        samples.add("kafka_connect_worker_connector_count", plugins.len() as f64);
        samples.add("kafka_connect_worker_task_count", self.lock_tasks().len() as f64);
        let live = self.lock_tasks().values().filter(|task| task.has_started()).count();
        startups(&mut samples, &self.startups, live as f64);
        sandbox(&mut samples);
        for (name, plugin) in &plugins {
            let mut samples = Samples { all: &mut all, labels: vec![("connector", name.clone())] };
            self.connector(&mut samples, name, plugin);
        }
        for (id, task) in self.lock_tasks().iter() {
            let labels = vec![("connector", id.connector.clone()), ("task", id.task.to_string())];
            let mut samples = Samples { all: &mut all, labels };
            self.task(&mut samples, id, task.counters(), task.kind());
        }
        all
    }

    fn connector(&self, samples: &mut Samples<'_>, name: &str, plugin: &Plugin) {
        let statuses = &self.environment.statuses;
        let type_ = if plugin.kind == Kind::Sink { "sink" } else { "source" };
        samples.text("kafka_connect_connector_connector_class", "connector_class", plugin.class());
        samples.text("kafka_connect_connector_connector_type", "connector_type", type_);
        samples.text("kafka_connect_connector_connector_version", "connector_version", plugin.version());
        if let Some(status) = statuses.connector(name) {
            samples.text("kafka_connect_connector_status", "status", status.state.name().to_lowercase());
        }
        let tasks = statuses.tasks(name);
        let count = |state: State| tasks.iter().filter(|(_, status)| status.state == state).count() as f64;
        samples.add("kafka_connect_worker_connector_total_task_count", tasks.len() as f64);
        samples.add("kafka_connect_worker_connector_running_task_count", count(State::Running));
        samples.add("kafka_connect_worker_connector_paused_task_count", count(State::Paused));
        samples.add("kafka_connect_worker_connector_failed_task_count", count(State::Failed));
        samples.add("kafka_connect_worker_connector_unassigned_task_count", count(State::Unassigned));
        samples.add("kafka_connect_worker_connector_restarting_task_count", count(State::Restarting));
        samples.add("kafka_connect_worker_connector_destroyed_task_count", 0.0);
    }

    fn task(&self, samples: &mut Samples<'_>, id: &TaskId, counters: &Counters, kind: Kind) {
        let (read, measured) = (counters.read(), counters.measured());
        let state = self.environment.statuses.task(id).map(|status| status.state);
        if let Some(state) = state {
            samples.text("kafka_connect_connector_task_status", "status", state.name().to_lowercase());
        }
        let is = |wanted: State| f64::from(u8::from(state == Some(wanted)));
        samples.add("kafka_connect_connector_task_running_ratio", is(State::Running));
        samples.add("kafka_connect_connector_task_pause_ratio", is(State::Paused));
        samples.add("kafka_connect_connector_task_batch_size_avg", measured.batches.avg);
        samples.add("kafka_connect_connector_task_batch_size_max", measured.batches.max);
        samples.add("kafka_connect_connector_task_offset_commit_avg_time_ms", measured.commit_times.avg);
        samples.add("kafka_connect_connector_task_offset_commit_max_time_ms", measured.commit_times.max);
        let commits = measured.commits + measured.failed_commits;
        let share = |part: u64| if commits == 0 { 0.0 } else { part as f64 / commits as f64 };
        samples.add("kafka_connect_connector_task_offset_commit_success_percentage", share(measured.commits));
        samples.add("kafka_connect_connector_task_offset_commit_failure_percentage", share(measured.failed_commits));
        if kind == Kind::Sink {
            samples.add("kafka_connect_sink_task_sink_record_read_total", read.records_in as f64);
            samples.add("kafka_connect_sink_task_sink_record_read_rate", measured.batches.rate);
            samples.add("kafka_connect_sink_task_sink_record_send_total", read.records_out as f64);
            samples.add("kafka_connect_sink_task_sink_record_send_rate", measured.written.rate);
            samples.add("kafka_connect_sink_task_put_batch_avg_time_ms", measured.calls.avg);
            samples.add("kafka_connect_sink_task_put_batch_max_time_ms", measured.calls.max);
            samples.add("kafka_connect_sink_task_partition_count", measured.partitions as f64);
            samples.add("kafka_connect_sink_task_offset_commit_seq_no", commits as f64);
            samples.add("kafka_connect_sink_task_offset_commit_completion_total", measured.commits as f64);
        } else {
            samples.add("kafka_connect_source_task_source_record_poll_total", read.records_in as f64);
            samples.add("kafka_connect_source_task_source_record_poll_rate", measured.batches.rate);
            samples.add("kafka_connect_source_task_source_record_write_total", read.records_out as f64);
            samples.add("kafka_connect_source_task_source_record_write_rate", measured.written.rate);
            samples.add("kafka_connect_source_task_source_record_active_count", measured.active as f64);
            samples.add("kafka_connect_source_task_poll_batch_avg_time_ms", measured.calls.avg);
            samples.add("kafka_connect_source_task_poll_batch_max_time_ms", measured.calls.max);
            // As in Kafka only where there are transactions.
            if let Some(sizes) = measured.transactions {
                samples.add("kafka_connect_source_task_transaction_size_avg", sizes.avg);
                samples.add("kafka_connect_source_task_transaction_size_max", sizes.max);
                samples.add("kafka_connect_source_task_transaction_size_min", sizes.min);
            }
        }
        errors(samples, &read.errors);
        if kind == Kind::Sink {
            samples.add("caisson_dead_letter_queue_pending", read.errors.pending_dead_letters as f64);
            samples.add("caisson_dead_letter_queue_bytes_total", read.errors.dead_letter_bytes as f64);
        }
        samples.add("caisson_task_fuel_total", read.task_fuel as f64);
        samples.add("caisson_stage_fuel_total", read.stage_fuel as f64);
    }
}

fn errors(samples: &mut Samples<'_>, errors: &ErrorReading) {
    for (name, count) in [
        ("kafka_connect_task_error_total_record_failures", errors.failures),
        ("kafka_connect_task_error_total_record_errors", errors.errors),
        ("kafka_connect_task_error_total_records_skipped", errors.skipped),
        ("kafka_connect_task_error_total_retries", errors.retries),
        ("kafka_connect_task_error_total_errors_logged", errors.logged),
        ("kafka_connect_task_error_deadletterqueue_produce_requests", errors.dead_letters),
        ("kafka_connect_task_error_deadletterqueue_produce_failures", errors.lost_dead_letters),
        ("kafka_connect_task_error_last_error_timestamp", errors.last_error),
    ] {
        samples.add(name, count as f64);
    }
}

/// A task's start is judged at its end; those that have not come to it are added.
fn startups(samples: &mut Samples<'_>, startups: &Startups, live: f64) {
    let [connectors, mut tasks] = startups.read();
    tasks.successes += live;
    samples.add("kafka_connect_worker_connector_startup_attempts_total", connectors.attempts());
    samples.add("kafka_connect_worker_connector_startup_success_total", connectors.successes);
    samples.add("kafka_connect_worker_connector_startup_success_percentage", connectors.share(connectors.successes));
    samples.add("kafka_connect_worker_connector_startup_failure_total", connectors.failures);
    samples.add("kafka_connect_worker_connector_startup_failure_percentage", connectors.share(connectors.failures));
    samples.add("kafka_connect_worker_task_startup_attempts_total", tasks.attempts());
    samples.add("kafka_connect_worker_task_startup_success_total", tasks.successes);
    samples.add("kafka_connect_worker_task_startup_success_percentage", tasks.share(tasks.successes));
    samples.add("kafka_connect_worker_task_startup_failure_total", tasks.failures);
    samples.add("kafka_connect_worker_task_startup_failure_percentage", tasks.share(tasks.failures));
}

fn sandbox(samples: &mut Samples<'_>) {
    let used = usage::usage();
    samples.add("caisson_sandbox_calls_total", used.calls as f64);
    samples.add("caisson_sandbox_traps_total", used.traps as f64);
    for (limit, count) in &used.limits {
        samples.of("limit", limit.label()).add("caisson_sandbox_limits_hit_total", *count as f64);
    }
    for (interface, calls) in host_calls::host_calls() {
        let mut samples = samples.of("interface", interface.name());
        samples.add("caisson_sandbox_host_calls_total", calls.count as f64);
        samples.add("caisson_sandbox_host_call_seconds_total", calls.seconds);
    }
    samples.add("caisson_sandbox_instances", used.instances as f64);
    samples.add("caisson_sandbox_memory_bytes", used.memory as f64);
    samples.add("caisson_plugin_compilations_total", used.compilations.count as f64);
    samples.add("caisson_plugin_compile_seconds_total", used.compilations.seconds);
    samples.add("caisson_plugin_cache_hits_total", used.cache_hits.count as f64);
    samples.add("caisson_plugin_cache_load_seconds_total", used.cache_hits.seconds);
}
