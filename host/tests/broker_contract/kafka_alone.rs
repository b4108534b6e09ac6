//! What holds for Kafka only.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use caisson::broker::Broker;
use caisson::broker::error::ErrorKind;
use caisson::broker::kafka::KafkaBroker;
use caisson_harness::broker::{free_ports, shared};

pub fn cluster() -> KafkaBroker {
    KafkaBroker::new(shared().unwrap(), BTreeMap::new())
}

#[tokio::test]
async fn an_unreachable_broker_is_named_soon() {
    let [port] = free_ports().unwrap();
    let start = Instant::now();
    let error = KafkaBroker::new(format!("127.0.0.1:{port}"), BTreeMap::new()).cluster_id().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let text = error.to_string();
    assert!(text.contains(&format!("bootstrap.servers=127.0.0.1:{port}")) && text.contains("refused"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(30));
}
