//! An Apache Kafka cluster, through librdkafka. No other module names rdkafka.
