//! Topics read to their ends, the members of groups, and the stores of a cluster over topics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use caisson::broker::record::Outgoing;
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::TopicPartition;
use caisson::broker::{Broker, ClientSpec};
use caisson::config::Props;
use caisson::storage::config_state::{
    Notice, RestartRequest, commit_record, connector_record, logger_record, restart_record, task_records,
};
use caisson::storage::config_topic::{ConfigTopic, ConfigWriteError};
use caisson::storage::offset_store::OffsetStore;
use caisson::storage::status_store::{State, Status, StatusStore, TaskId};
use caisson::storage::status_topic::StatusTopic;
use caisson::storage::topic_log::{ClientKinds, TopicSpec};
use caisson_harness::broker::fresh;
use futures::future::join_all;
use tokio::sync::mpsc;

use crate::client::{LIMIT, Reader, Sender, admin, create, record, write};

/// Everything up to the end is read, marks of transactions at the end included; then nothing is read twice.
pub async fn read_to_end(broker: &dyn Broker) {
    let topic = fresh("end");
    create(broker, &topic, 2, &[]).await;
    let places = [0, 1].map(|partition| (TopicPartition::new(&*topic, partition), Start::Beginning)).to_vec();
    let committed = [("isolation.level", "read_committed")];
    let mut reader = Reader::of(broker, "", Subscription::Partitions(places), &committed).await;
    assert_eq!(to_end(&mut reader).await, [""; 0]);
    write(broker, &topic, &["a", "b"]).await;
    assert_eq!(to_end(&mut reader).await, ["a", "b"]);
    let sender = Sender::new(broker, ClientSpec::named("end"), Some(&fresh("end"))).await;
    sender.producer.init_transactions(LIMIT).await.unwrap();
    sender.producer.begin_transaction().await.unwrap();
    sender.send(record(&topic, "c"), 0).await;
    sender.producer.commit_transaction(LIMIT).await.unwrap();
    sender.producer.begin_transaction().await.unwrap();
    sender.send(record(&topic, "aborted"), 1).await;
    sender.producer.abort_transaction(LIMIT).await.unwrap();
    // Kafka writes the marks of a committed transaction after it has answered; an aborted one waits for them.
    let mut read = Vec::new();
    let deadline = Instant::now() + LIMIT;
    while read.is_empty() && Instant::now() < deadline {
        read.extend(to_end(&mut reader).await);
    }
    assert_eq!(read, ["c"]);
    let start = Instant::now();
    assert_eq!(to_end(&mut reader).await, [""; 0]);
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?} to see that nothing is left", start.elapsed());
    write(broker, &topic, &["d"]).await;
    assert_eq!(to_end(&mut reader).await, ["d"]);
}

async fn to_end(reader: &mut Reader) -> Vec<String> {
    let mut texts = Vec::new();
    let mut sink = |record: caisson::broker::record::Fetched<'_>| {
        texts.push(String::from_utf8(record.value.unwrap().to_vec()).unwrap());
    };
    reader.consumer.read_to_end(LIMIT, &mut sink).await.unwrap();
    texts
}

pub async fn group_members(broker: &dyn Broker) {
    let (topic, group) = (fresh("members"), fresh("members"));
    create(broker, &topic, 1, &[]).await;
    let admin = admin(broker).await;
    assert_eq!(admin.group_members(&group).await.unwrap(), [""; 0]);
    let mut one = Reader::member(broker, &group, &topic).await;
    one.hold(1).await;
    assert_eq!(admin.group_members(&group).await.unwrap(), ["reader"]);
    one.consumer.close().await.unwrap();
    let deadline = Instant::now() + LIMIT;
    while !admin.group_members(&group).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

fn spec(name: &str, topic: &str, partitions: i32) -> TopicSpec {
    TopicSpec {
        topic: topic.to_owned(),
        key: "config.storage.topic",
        holds: "connector configurations",
        partitions,
        replication_factor: 1,
        settings: Props::new(),
        single_partition: partitions == 1,
        client: ClientSpec::named(name),
        kinds: ClientKinds::default(),
    }
}

/// I23: two workers see one state; a new leader has what the one before wrote, whose writes are refused from then on.
pub async fn config_topic(broker: Arc<dyn Broker>) {
    let (topic, id) = (fresh("configs"), fresh("leader"));
    let open = |name: &'static str| open_configs(Arc::clone(&broker), spec(name, &topic, 1), id.clone());
    let (one, _) = open("one").await;
    let (two, mut notices) = open("two").await;
    let config = Props::from([("name".to_owned(), "c".to_owned())]);
    let refused = one.write_as_leader(&[connector_record("c", &config)]).await.unwrap_err();
    assert!(matches!(refused, ConfigWriteError::NotLeader(_)), "{refused}");
    one.claim().await.unwrap();
    one.write_as_leader(&[connector_record("c", &config)]).await.unwrap();
    assert_eq!(one.snapshot().entry("c").unwrap().config, config, "who wrote has read it");
    let mut records = task_records("c", &[config.clone(), config.clone()]);
    records.push(commit_record("c", 2));
    one.write_as_leader(&records).await.unwrap();

    two.claim().await.unwrap();
    assert_eq!(two.snapshot().entry("c").unwrap().tasks.len(), 2);
    let fenced = one.write_as_leader(&[connector_record("d", &config)]).await.unwrap_err();
    assert!(matches!(fenced, ConfigWriteError::NotLeader(_)), "{fenced}");
    assert!(!one.leads().await && two.leads().await);
    let request = RestartRequest { connector: "c".into(), include_tasks: true, only_failed: false };
    two.write_as_leader(&[restart_record(&request)]).await.unwrap();
    one.write(&logger_record("l", "DEBUG")).await.unwrap();
    assert_eq!(notices.recv().await, Some(Notice::Restart(request)));
    assert_eq!(notices.recv().await, Some(Notice::Logger { name: "l".into(), level: "DEBUG".into() }));
    // One that comes later is not told of what was asked before.
    let (three, mut late) = open("three").await;
    assert!(three.snapshot().entry("c").is_some() && three.snapshot().entry("d").is_none());
    assert!(late.try_recv().is_err());
}

/// Who asks while another's transaction is under way shares the next with others who do; one that is refused costs them nothing.
pub async fn config_topic_shared(broker: Arc<dyn Broker>) {
    const WRITERS: usize = 30;
    let (configs, _) = open_configs(broker, spec("shared", &fresh("configs"), 1), fresh("leader")).await;
    configs.claim().await.unwrap();
    let config = Props::from([("name".to_owned(), "c".to_owned())]);
    let all = |prefix: &str| -> Vec<_> {
        (0..WRITERS).map(|number| vec![connector_record(&format!("{prefix}{number}"), &config)]).collect()
    };
    let shared = all("a");
    let written = join_all(shared.iter().map(|records| configs.write_as_leader(records))).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    // Each transaction ends with a mark that has an offset too: one for each writer would give twice as many.
    let end = usize::try_from(configs.snapshot().offset).unwrap();
    assert!(end < WRITERS + WRITERS / 2, "{WRITERS} records reach up to {end}");
    let mut refused = all("b");
    let giant = Props::from([("x".to_owned(), "x".repeat(2 << 20))]);
    refused.insert(WRITERS / 2, vec![connector_record("giant", &giant)]);
    let written = join_all(refused.iter().map(|records| configs.write_as_leader(records))).await;
    assert!(matches!(written[WRITERS / 2], Err(ConfigWriteError::Failed(_))), "{:?}", written[WRITERS / 2]);
    assert_eq!(written.iter().filter(|written| written.is_err()).count(), 1);
    let state = configs.snapshot();
    assert_eq!((state.connectors().count(), state.get("giant").is_none()), (2 * WRITERS, true));
}

async fn open_configs(broker: Arc<dyn Broker>, spec: TopicSpec, id: String) -> (ConfigTopic, mpsc::UnboundedReceiver<Notice>) {
    ConfigTopic::open(broker, &spec, id).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What one worker stores the other finds after it has caught up; a reset removes it.
pub async fn offset_topic(broker: &dyn Broker) {
    let topic = fresh("offsets");
    let one = OffsetStore::open_topic(broker, &spec("one", &topic, 3)).await.unwrap();
    let two = OffsetStore::open_topic(broker, &spec("two", &topic, 3)).await.unwrap();
    let key = |number: u32| format!(r#"["c",{{"file":"f{number}"}}]"#).into_bytes();
    let all = (0..20).map(|number| (key(number), Some(br#"{"position":1}"#.to_vec())));
    one.set(all.collect()).await.unwrap();
    assert_eq!(one.of_connector("c").len(), 20);
    two.refresh().await.unwrap();
    assert_eq!(two.get(&key(7)), Some(br#"{"position":1}"#.to_vec()));
    two.set(vec![(key(7), None), (key(8), Some(br#"{"position":2}"#.to_vec()))]).await.unwrap();
    one.refresh().await.unwrap();
    assert_eq!((one.get(&key(7)), one.get(&key(8))), (None, Some(br#"{"position":2}"#.to_vec())));
    let three = OffsetStore::open_topic(broker, &spec("three", &topic, 3)).await.unwrap();
    assert_eq!(three.of_connector("c").len(), 19);
}

/// What a transaction has stored is found, though one that began before it is open and holds readers back until it is over.
pub async fn stored_in_transactions(broker: &dyn Broker) {
    let topic = fresh("stored");
    let store = OffsetStore::open_topic(broker, &spec("stored", &topic, 1)).await.unwrap();
    let (admin, place) = (admin(broker).await, TopicPartition::new(&*topic, 0));
    let end = async |open| admin.ends(std::slice::from_ref(&place), open).await.unwrap().remove(&place).unwrap();
    assert_eq!((end(true).await, end(false).await), (0, 0));
    let key = |file: &str| format!(r#"["c",{{"file":"{file}"}}]"#).into_bytes();
    let mut senders = Vec::new();
    for file in ["first", "second"] {
        let sender = Sender::new(broker, ClientSpec::named(file), Some(&fresh(file))).await;
        sender.producer.init_transactions(LIMIT).await.unwrap();
        sender.producer.begin_transaction().await.unwrap();
        let key = key(file);
        let changes = store.records(vec![(key.clone(), Some(b"{}".to_vec()))]);
        assert_eq!(changes, [(key.clone(), Some(b"{}".to_vec()))]);
        sender.send(Outgoing { key: Some(&key), ..record(&topic, "{}") }, 0).await;
        assert_eq!(sender.acked().await.len(), 1);
        senders.push(sender);
    }
    senders[1].producer.commit_transaction(LIMIT).await.unwrap();
    assert!(end(false).await <= end(true).await);
    let (read, committed) = tokio::join!(store.refresh_through_transactions(), senders[0].producer.commit_transaction(LIMIT));
    read.unwrap();
    committed.unwrap();
    assert_eq!(store.get(&key("second")), Some(b"{}".to_vec()));
    store.refresh_through_transactions().await.unwrap();
    assert_eq!(store.get(&key("first")), Some(b"{}".to_vec()));
    assert_eq!((end(true).await, store.topic()), (end(false).await, Some(topic.as_str())));
}

/// What one worker says of its tasks the other knows.
pub async fn status_topic(broker: &dyn Broker) {
    let topic = fresh("statuses");
    let one = statuses(broker, "one:1", &topic).await;
    let two = statuses(broker, "two:2", &topic).await;
    let id = TaskId::new("c", 0);
    one.0.set_generation(3);
    one.0.put_task(&id, Status::new(State::Running, Some("1".into())));
    one.0.add_topic(&id, "t");
    one.1.flush(LIMIT).await;
    two.1.read_to_end().await.unwrap();
    let status = two.0.task(&id).unwrap();
    assert_eq!((status.state, status.worker_id.as_str(), status.generation), (State::Running, "one:1", 3));
    assert_eq!(two.0.topics("c"), ["t"]);
    // The other had it under an assignment that is over.
    two.0.set_generation(2);
    two.0.put_task(&id, Status::new(State::Unassigned, None));
    two.1.flush(LIMIT).await;
    one.1.read_to_end().await.unwrap();
    assert_eq!(one.0.task(&id).unwrap().state, State::Running);
    one.0.remove_connector("c");
    one.1.flush(LIMIT).await;
    two.1.read_to_end().await.unwrap();
    assert_eq!((two.0.task(&id), two.0.topics("c").len()), (None, 0));
}

async fn statuses(broker: &dyn Broker, worker: &'static str, topic: &str) -> (Arc<StatusStore>, StatusTopic) {
    let (writes, reported) = mpsc::unbounded_channel();
    let store = Arc::new(StatusStore::over_topic(worker, writes));
    let opened = StatusTopic::open(broker, &spec("statuses", topic, 2), Arc::clone(&store), reported).await.unwrap();
    opened.read_to_end().await.unwrap();
    (store, opened)
}

/// A topic with another policy is refused in Kafka Connect's words.
pub async fn unfit_topic(broker: &dyn Broker) {
    let topic = fresh("unfit");
    create(broker, &topic, 1, &[("cleanup.policy", "compact,delete")]).await;
    let error = OffsetStore::open_topic(broker, &spec("unfit", &topic, 1)).await.err().unwrap().to_string();
    assert!(error.contains("is required to have 'cleanup.policy=compact'") && error.contains("compact,delete'"), "{error}");
    let wide = fresh("wide");
    create(broker, &wide, 3, &[("cleanup.policy", "compact")]).await;
    let error = OffsetStore::open_topic(broker, &spec("wide", &wide, 1)).await.err().unwrap().to_string();
    assert!(error.contains("required to have a single partition") && error.ends_with("but found 3 partitions."), "{error}");
}
