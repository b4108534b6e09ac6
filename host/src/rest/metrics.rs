//! `/metrics`, for Prometheus. Kafka Connect has no such endpoint; names are those that its users know from the JMX exporter.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::worker::metrics::{Behaviour, Sample};

use super::App;
use super::answer::Answer;
use super::error::RestError;

/// What the text is (OpenMetrics 1.0).
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The samples of one moment, by name.
#[derive(Debug)]
struct Moment(Vec<Sample>);

impl Collector for Moment {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for family in self.0.chunk_by(|one, other| one.name == other.name) {
            let Some(first) = family.first() else { continue };
            // The encoder adds the suffix that counters have.
            let name = match first.behaviour {
                Behaviour::Counter => first.name.trim_end_matches("_total"),
                Behaviour::Gauge => first.name,
            };
            let (counter, gauge) = (ConstCounter::new(0.0), ConstGauge::new(0.0));
            let type_ = match first.behaviour {
                Behaviour::Counter => counter.metric_type(),
                Behaviour::Gauge => gauge.metric_type(),
            };
            let mut metric = encoder.encode_descriptor(name, &help(first.name), None, type_)?;
            for sample in family {
                let labels: Vec<(&str, &str)> = sample.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let encoder = metric.encode_family(&labels)?;
                match sample.behaviour {
                    Behaviour::Counter => ConstCounter::new(sample.value).encode(encoder)?,
                    Behaviour::Gauge => ConstGauge::new(sample.value).encode(encoder)?,
                }
            }
        }
        Ok(())
    }
}

/// A series' name as words.
fn help(name: &str) -> String {
    let words = name.trim_start_matches("kafka_connect_").trim_start_matches("caisson_").replace('_', " ");
    match name.starts_with("kafka_connect_") {
        true => format!("Kafka Connect's {words}"),
        false => format!("The worker's {words}"),
    }
}

fn text(mut samples: Vec<Sample>) -> Result<String, std::fmt::Error> {
    samples.sort_by(|one, other| (one.name, &one.labels).cmp(&(other.name, &other.labels)));
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Moment(samples)));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

pub(super) async fn scrape(State(herder): State<App>) -> Answer {
    let text = text(herder.metrics()).map_err(|error| RestError::body(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_are() {
        let sample =
            |name, behaviour, task: &str, value| Sample { name, behaviour, labels: vec![("task", task.to_owned())], value };
        let samples = vec![
            sample("a_poll_total", Behaviour::Counter, "1", 2.0),
            sample("b_total_errors", Behaviour::Gauge, "0", f64::NAN),
            sample("a_poll_total", Behaviour::Counter, "0", 1.0),
        ];
        let text = text(samples).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines, ["a_poll_total{task=\"0\"} 1.0", "a_poll_total{task=\"1\"} 2.0", "b_total_errors{task=\"0\"} NaN"]);
        assert!(text.contains("# TYPE a_poll counter") && text.ends_with("# EOF\n"), "{text}");
    }
}
