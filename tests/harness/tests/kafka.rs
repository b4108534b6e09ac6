//! The harness itself: a broker answers, and is gone when it is dropped.

use std::net::TcpStream;

use caisson_harness::broker::Kafka;

#[test]
fn a_broker_serves_until_it_is_dropped() {
    let kafka = Kafka::start(&["-Xms128m", "-Xmx512m"]).unwrap();
    let address = kafka.bootstrap().to_owned();
    TcpStream::connect(&address).unwrap();
    drop(kafka);
    TcpStream::connect(&address).unwrap_err();
}
