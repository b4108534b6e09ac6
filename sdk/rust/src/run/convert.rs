//! Between the SDK's types and those of the bindings.

use crate::bindings::imports::caisson::connect::{schema_registry, sql, types};
use crate::error::{Error, ErrorKind};
use crate::schema_registry::{Definition, Located, Reference, Referred, Registered};
use crate::sql::{Column, Outcome, Table, TableId};
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn error_out(error: Error) -> types::Error {
    types::Error {
        kind: error.kind().name().to_owned(),
        class: error.class().to_owned(),
        message: error.message().to_owned(),
        options: error.options().to_vec(),
    }
}

pub(crate) fn partition_out(partition: TopicPartition) -> types::TopicPartition {
    types::TopicPartition { topic: partition.topic, partition: partition.partition }
}

pub(crate) fn partition_in(partition: types::TopicPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic, partition: partition.partition }
}

pub(crate) fn offset_out(position: TopicPartitionOffset) -> types::TopicPartitionOffset {
    let TopicPartition { topic, partition } = position.partition;
    types::TopicPartitionOffset { topic, partition, offset: position.offset }
}

pub(crate) fn offset_in(position: types::TopicPartitionOffset) -> TopicPartitionOffset {
    let partition = TopicPartition { topic: position.topic, partition: position.partition };
    TopicPartitionOffset { partition, offset: position.offset }
}

/// A failure as the host tells it.
pub(crate) fn error_in(error: types::Error) -> Error {
    let mut told = Error::of(ErrorKind::named(&error.kind), "", error.message).with_class(error.class);
    for (name, value) in error.options {
        told = told.with_option(name, value);
    }
    told
}

pub(crate) fn definition_out(definition: &Definition) -> schema_registry::Definition {
    schema_registry::Definition {
        type_: definition.type_.clone(),
        text: definition.text.clone(),
        references: definition.references.iter().map(reference_out).collect(),
        options: Vec::new(),
    }
}

fn reference_out(reference: &Reference) -> schema_registry::Reference {
    let Reference { name, subject, version } = reference.clone();
    schema_registry::Reference { name, subject, version }
}

fn reference_in(reference: schema_registry::Reference) -> Reference {
    Reference { name: reference.name, subject: reference.subject, version: reference.version }
}

pub(crate) fn located_in(from: schema_registry::Located) -> Located {
    Located { id: from.id, version: from.version }
}

pub(crate) fn registered_in(from: schema_registry::Registered) -> Registered {
    let definition = from.definition;
    let referred = |from: schema_registry::Referred| Referred { reference: reference_in(from.reference), text: from.text };
    Registered {
        id: from.id,
        definition: Definition {
            type_: definition.type_,
            text: definition.text,
            references: definition.references.into_iter().map(reference_in).collect(),
        },
        referred: from.referred.into_iter().map(referred).collect(),
        subject: from.subject,
        version: from.version,
    }
}

pub(crate) fn table_id_out(from: &TableId) -> sql::TableId {
    let TableId { catalog, schema, name } = from.clone();
    sql::TableId { catalog, schema, name }
}

pub(crate) fn table_in(from: sql::Table) -> Table {
    let sql::TableId { catalog, schema, name } = from.id;
    Table { id: TableId { catalog, schema, name }, type_: from.type_ }
}

pub(crate) fn column_in(from: sql::Column) -> Column {
    Column {
        name: from.name,
        type_: from.type_,
        type_name: from.type_name,
        default_type: from.connect_type.parse().ok(),
        nullable: from.nullable,
        signed: from.signed,
        auto_increment: from.auto_increment,
        precision: from.precision,
        scale: from.scale,
        options: from.options,
    }
}

pub(crate) fn outcome_in(from: sql::Outcome) -> Outcome {
    Outcome { changed: from.changed, error: from.error.map(error_in) }
}

pub(crate) fn parameters_out(types: &[String], rows: &[u8]) -> sql::Parameters {
    sql::Parameters { types: types.to_vec(), rows: rows.to_vec() }
}

pub(crate) fn reads_out(reads: &[(u32, String)]) -> Vec<sql::Read> {
    reads.iter().map(|(column, word)| sql::Read { column: *column, connect_type: word.clone() }).collect()
}
