//! One contract for the port to topics, run over both of its implementations: the local log in a folder of its own, and a real
//! Apache Kafka (`KAFKA_BOOTSTRAP`, or one that is started for this run).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod groups;
mod kafka_alone;
mod local_alone;
mod logs;
mod records;
mod topics;

/// The contract over the local log.
mod local {
    use crate::{groups, logs, records, topics};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn order() {
        records::order(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn contents() {
        records::contents(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn partitioner() {
        records::partitioner(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn too_large() {
        records::too_large(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn full_buffer() {
        records::full_buffer(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pause_resume_seek() {
        records::pause_resume_seek(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn bounded_polls() {
        records::bounded_polls(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn commit_and_restart() {
        groups::commit_and_restart(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn first_position() {
        groups::first_position(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pattern() {
        groups::pattern(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reset() {
        groups::reset(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn administration() {
        topics::administration(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn broker_defaults() {
        topics::broker_defaults(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn wrong_topics() {
        topics::wrong_topics(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn group_offsets() {
        topics::group_offsets(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_key_in_a_compacted_topic() {
        topics::no_key_in_a_compacted_topic(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn offsets_of_a_live_group_are_safe() {
        topics::offsets_of_a_live_group_are_safe(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn overrides() {
        topics::overrides(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn cluster_id() {
        topics::cluster_id(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn transactions() {
        topics::transactions(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn fencing() {
        topics::fencing(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_transaction_open() {
        topics::no_transaction_open(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn rebalance() {
        groups::rebalance(&crate::local_alone::log().broker, "org.apache.kafka.clients.consumer.CooperativeStickyAssignor").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn read_to_end() {
        logs::read_to_end(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn group_members() {
        logs::group_members(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn offset_topic() {
        logs::offset_topic(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn stored_in_transactions() {
        logs::stored_in_transactions(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn status_topic() {
        logs::status_topic(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn unfit_topic() {
        logs::unfit_topic(&crate::local_alone::log().broker).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn config_topic() {
        logs::config_topic(std::sync::Arc::new(crate::local_alone::log().broker)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn config_topic_shared() {
        logs::config_topic_shared(std::sync::Arc::new(crate::local_alone::log().broker)).await;
    }
}

/// The contract over Apache Kafka.
mod kafka {
    use crate::{groups, logs, records, topics};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn order() {
        records::order(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn contents() {
        records::contents(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn partitioner() {
        records::partitioner(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn too_large() {
        records::too_large(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn full_buffer() {
        records::full_buffer(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pause_resume_seek() {
        records::pause_resume_seek(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn bounded_polls() {
        records::bounded_polls(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn commit_and_restart() {
        groups::commit_and_restart(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn first_position() {
        groups::first_position(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pattern() {
        groups::pattern(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reset() {
        groups::reset(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn administration() {
        topics::administration(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn broker_defaults() {
        topics::broker_defaults(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn wrong_topics() {
        topics::wrong_topics(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn group_offsets() {
        topics::group_offsets(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_key_in_a_compacted_topic() {
        topics::no_key_in_a_compacted_topic(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn offsets_of_a_live_group_are_safe() {
        topics::offsets_of_a_live_group_are_safe(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn overrides() {
        topics::overrides(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn cluster_id() {
        topics::cluster_id(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn transactions() {
        topics::transactions(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn fencing() {
        topics::fencing(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_transaction_open() {
        topics::no_transaction_open(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn eager_rebalance() {
        groups::rebalance(&crate::kafka_alone::cluster(), "org.apache.kafka.clients.consumer.RangeAssignor").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn cooperative_rebalance() {
        groups::rebalance(&crate::kafka_alone::cluster(), "org.apache.kafka.clients.consumer.CooperativeStickyAssignor").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn read_to_end() {
        logs::read_to_end(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn group_members() {
        logs::group_members(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn offset_topic() {
        logs::offset_topic(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn stored_in_transactions() {
        logs::stored_in_transactions(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn status_topic() {
        logs::status_topic(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn unfit_topic() {
        logs::unfit_topic(&crate::kafka_alone::cluster()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn config_topic() {
        logs::config_topic(std::sync::Arc::new(crate::kafka_alone::cluster())).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn config_topic_shared() {
        logs::config_topic_shared(std::sync::Arc::new(crate::kafka_alone::cluster())).await;
    }
}
