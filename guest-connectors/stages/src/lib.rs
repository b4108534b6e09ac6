//! Kafka Connect's own transformations, predicates and converters, and some of Confluent's, as one component, so that a pipeline of them is one crossing.

use caisson_converters::number::{Double, Float, Integer, Long, Short};
use caisson_converters::{
    BooleanConverter, ByteArrayConverter, JsonConverter, NumberConverter, SimpleHeaderConverter, StringConverter,
};
use caisson_transforms::predicates::has_header_key::HasHeaderKey;
use caisson_transforms::predicates::record_is_tombstone::RecordIsTombstone;
use caisson_transforms::predicates::topic_name_matches::TopicNameMatches;
use caisson_transforms::{
    Cast, DropDatum, DropHeaders, ExtractField, ExtractTopic, ExtractTopicHeader, Filter, Flatten, HeaderFrom, HoistField,
    InsertField, InsertHeader, Key, MaskField, MessageTimestampRouter, RegexRouter, ReplaceField, SetSchemaMetadata,
    TimestampConverter, TimestampRouter, TombstoneHandler, Value, ValueToKey,
};

caisson_sdk::export! {
    transformations: [
        Cast<Key>,
        Cast<Value>,
        DropDatum<Key>,
        DropDatum<Value>,
        DropHeaders,
        ExtractField<Key>,
        ExtractField<Value>,
        ExtractTopic<Key>,
        ExtractTopic<Value>,
        ExtractTopicHeader,
        Filter,
        Flatten<Key>,
        Flatten<Value>,
        HeaderFrom<Key>,
        HeaderFrom<Value>,
        HoistField<Key>,
        HoistField<Value>,
        InsertField<Key>,
        InsertField<Value>,
        InsertHeader,
        MaskField<Key>,
        MaskField<Value>,
        MessageTimestampRouter,
        RegexRouter,
        ReplaceField<Key>,
        ReplaceField<Value>,
        SetSchemaMetadata<Key>,
        SetSchemaMetadata<Value>,
        TimestampConverter<Key>,
        TimestampConverter<Value>,
        TimestampRouter,
        TombstoneHandler,
        ValueToKey,
    ],
    predicates: [HasHeaderKey, RecordIsTombstone, TopicNameMatches],
    converters: [
        BooleanConverter,
        ByteArrayConverter,
        JsonConverter,
        NumberConverter<Double>,
        NumberConverter<Float>,
        NumberConverter<Integer>,
        NumberConverter<Long>,
        NumberConverter<Short>,
        StringConverter,
    ],
    header_converters: [
        BooleanConverter,
        ByteArrayConverter,
        JsonConverter,
        NumberConverter<Double>,
        NumberConverter<Float>,
        NumberConverter<Integer>,
        NumberConverter<Long>,
        NumberConverter<Short>,
        SimpleHeaderConverter,
        StringConverter,
    ],
}
