//! librdkafka's errors as the port's.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::broker::error::{BrokerError, ErrorKind};

/// Translates an error; `what` says what was being done.
pub fn translate(what: &str, error: &KafkaError) -> BrokerError {
    match error {
        KafkaError::Transaction(inner) => {
            let message = format!("{what}: {inner}");
            let (kind, _) = classify(inner.code());
            if inner.is_retriable() { BrokerError::retry(kind, message) } else { BrokerError::new(kind, message) }
        }
        KafkaError::ClientConfig(_, description, key, value) => {
            BrokerError::new(ErrorKind::Config, format!("{what}: librdkafka refuses `{key}`=`{value}`: {description}"))
        }
        KafkaError::ClientCreation(message) => BrokerError::new(ErrorKind::Config, format!("{what}: {message}")),
        _ => match error.rdkafka_error_code() {
            Some(code) => from_code(what, code),
            None => BrokerError::new(ErrorKind::Other, format!("{what}: {error}")),
        },
    }
}

/// Translates an error code.
pub fn from_code(what: &str, code: RDKafkaErrorCode) -> BrokerError {
    let (kind, retriable) = classify(code);
    let message = format!("{what}: {code}");
    if retriable { BrokerError::retry(kind, message) } else { BrokerError::new(kind, message) }
}

/// The kind of a code, and whether it is one of Kafka's retriable ones (`org.apache.kafka.common.protocol.Errors`).
fn classify(code: RDKafkaErrorCode) -> (ErrorKind, bool) {
    use RDKafkaErrorCode as Code;
    match code {
        Code::AllBrokersDown | Code::BrokerTransportFailure | Code::Resolve => (ErrorKind::Unreachable, true),
        Code::OperationTimedOut | Code::RequestTimedOut | Code::MessageTimedOut | Code::TimedOutQueue => {
            (ErrorKind::Timeout, true)
        }
        Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicOrPartition => (ErrorKind::UnknownTopic, true),
        Code::InvalidTopic => (ErrorKind::InvalidTopic, false),
        Code::InvalidReplicationFactor => (ErrorKind::Replication, false),
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::SaslAuthenticationFailed
        | Code::Authentication
        | Code::SSL => (ErrorKind::Unauthorized, false),
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => (ErrorKind::TooLarge, false),
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch | Code::FencedInstanceId => (ErrorKind::Fenced, false),
        Code::IllegalGeneration | Code::UnknownMemberId | Code::RebalanceInProgress => (ErrorKind::Rebalance, true),
        Code::AutoOffsetReset | Code::OffsetOutOfRange => (ErrorKind::OutOfRange, false),
        Code::PurgeInflight | Code::PurgeQueue => (ErrorKind::Closed, false),
        Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::ReplicaNotAvailable
        | Code::NetworkException
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::WaitingForCoordinator
        | Code::NotEnoughReplicas
        | Code::NotEnoughReplicasAfterAppend
        | Code::NotController
        | Code::KafkaStorageError
        | Code::UnstableOffsetCommit
        | Code::ThrottlingQuotaExceeded
        | Code::State
        | Code::Retry => (ErrorKind::Other, true),
        _ => (ErrorKind::Other, false),
    }
}
