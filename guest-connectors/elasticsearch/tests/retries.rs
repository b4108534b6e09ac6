//! What the sink does when servers answer late, wrongly or not at all: servers that say what they are told to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use caisson_elasticsearch::ElasticsearchSink;
use caisson_sdk::batches::encode_batch;
use caisson_sdk::testing::driver::SinkDriver;
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::NativeSink;
use caisson_sdk::{Coordinates, Datum, Error, Record, TimestampType, TopicPartition, TopicPartitionOffset, Value};

/// Answers requests in order with these statuses and bodies, then ends. Gives what it was asked: method and path, and the body.
fn server<const N: usize>(answers: [(u16, &'static str); N]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let mut asked = Vec::new();
        for (status, body) in answers {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let (mut line, mut length, mut authorized) = (String::new(), 0, "");
            stream.read_line(&mut line).unwrap();
            let request = line.rsplit_once(' ').unwrap().0.to_owned();
            while line != "\r\n" {
                line.clear();
                stream.read_line(&mut line).unwrap();
                let header = line.to_ascii_lowercase();
                length = header.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap());
                if line.contains("Basic YW5uOnNlY3JldA==") {
                    authorized = " as ann";
                }
            }
            let mut sent = vec![0; length];
            stream.read_exact(&mut sent).unwrap();
            asked.push(format!("{request}{authorized}\n{}", String::from_utf8(sent).unwrap()));
            let length = body.len();
            write!(stream.get_mut(), "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n").unwrap();
            if !request.starts_with("HEAD") {
                stream.get_mut().write_all(body.as_bytes()).unwrap();
            }
        }
        asked
    });
    (url, serving)
}

/// Puts two records, as often as the task asks for them, and commits.
fn run(urls: &str, pairs: &[(&str, &str)]) -> Result<(), Error> {
    host::reset();
    let mut config = BTreeMap::from([
        ("connection.url".to_owned(), urls.to_owned()),
        ("schema.ignore".to_owned(), "true".to_owned()),
        ("retry.backoff.ms".to_owned(), "1".to_owned()),
    ]);
    config.extend(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let mut driver = NativeSink::<ElasticsearchSink>::default();
    let mut task = driver.start(&config)?;
    let record = |key: &'static str, id: u32| {
        let value = Datum::schemaless(Value::Map(vec![(Value::from("n"), Value::Int64(id.into()))]));
        let mut record = Record::new("t").with_key(Datum::schemaless(key)).with_value(value);
        (record.id, record.partition) = (id, Some(0));
        record.coordinates = Some(Coordinates::new("t", 0, i64::from(id) + 5, TimestampType::CreateTime));
        record
    };
    let batch = encode_batch(&[record("a", 0), record("b", 1)])?;
    while let Err(error) = driver.put(&mut task, &batch) {
        if error.kind() != caisson_sdk::ErrorKind::Retriable {
            return Err(error);
        }
    }
    let consumed = vec![TopicPartitionOffset { partition: TopicPartition { topic: "t".to_owned(), partition: 0 }, offset: 7 }];
    assert_eq!(driver.pre_commit(&mut task, consumed.clone())?, consumed);
    Ok(())
}

const ACTION_A: &str = r#"{"index":{"_index":"t","_id":"a","version":5,"version_type":"external"}}"#;
const ACTION_B: &str = r#"{"index":{"_index":"t","_id":"b","version":6,"version_type":"external"}}"#;

#[test]
fn what_fails_is_sent_again_and_only_that() {
    let (url, serving) = server([
        (503, ""),
        (404, ""),
        (200, r#"{"acknowledged":true}"#),
        (429, r#"{"error":{"type":"es_rejected_execution_exception","reason":"full"}}"#),
        (
            200,
            r#"{"items":[{"index":{"status":429,"error":{"type":"es_rejected_execution_exception"}}},{"index":{"status":201}}]}"#,
        ),
        (200, r#"{"items":[{"index":{"status":201}}]}"#),
    ]);
    run(&url, &[("connection.username", "ann"), ("connection.password", "secret")]).unwrap();
    let bulk = "POST /_bulk?filter_path=errors,items.*.status,items.*.error as ann\n";
    let both = format!("{bulk}{ACTION_A}\n{{\"n\":0}}\n{ACTION_B}\n{{\"n\":1}}\n");
    assert_eq!(
        serving.join().unwrap(),
        [
            "HEAD /t as ann\n".to_owned(),
            "HEAD /t as ann\n".to_owned(),
            "PUT /t as ann\n".to_owned(),
            both.clone(),
            both,
            format!("{bulk}{ACTION_A}\n{{\"n\":0}}\n"),
        ]
    );
}

#[test]
fn the_next_url_is_asked() {
    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (url, serving) = server([(200, ""), (200, r#"{"items":[{"index":{"status":201}},{"index":{"status":201}}]}"#)]);
    run(&format!("{dead},{url}"), &[]).unwrap();
    assert_eq!(serving.join().unwrap().len(), 2);
    assert!(host::with_host(|host| host.log.iter().any(|(level, _, line)| level == "warn" && line.contains("connection.url"))));
}

#[test]
fn retries_end() {
    let (url, serving) = server([(200, ""), (503, ""), (503, ""), (503, "")]);
    let error = run(&url, &[("max.retries", "2")]).unwrap_err();
    assert!(error.message().starts_with("2 records are not written after 2 retries (max.retries): "), "{error}");
    assert_eq!(serving.join().unwrap().len(), 4);
    let (url, serving) = server([(502, ""), (502, "")]);
    let error = run(&url, &[("max.retries", "1")]).unwrap_err();
    assert!(error.message().starts_with("the cluster does not answer after 1 retries (max.retries): HEAD /t: 502"), "{error}");
    serving.join().unwrap();
}

#[test]
fn what_is_refused_for_good_is_not_sent_again() {
    let refused = r#"{"error":{"type":"security_exception","reason":"no"}}"#;
    let (url, serving) = server([(200, ""), (401, refused)]);
    let error = run(&url, &[]).unwrap_err();
    assert!(error.message().contains("security_exception: no") && error.message().contains("connection.password"), "{error}");
    serving.join().unwrap();
    let (url, serving) = server([(200, ""), (413, "")]);
    let error = run(&url, &[]).unwrap_err();
    assert!(error.message().contains("bulk.size.bytes"), "{error}");
    serving.join().unwrap();
}

#[test]
fn requests_are_cut_by_count_and_by_size() {
    for key in [("batch.size", "1"), ("bulk.size.bytes", "90")] {
        let one = (200, r#"{"items":[{"index":{"status":201}}]}"#);
        let (url, serving) = server([(200, ""), one, one]);
        run(&url, &[key, ("max.in.flight.requests", "1")]).unwrap();
        let asked = serving.join().unwrap();
        assert!(asked[1].ends_with(&format!("{ACTION_A}\n{{\"n\":0}}\n")) && asked[2].contains(ACTION_B), "{asked:?}");
    }
}
