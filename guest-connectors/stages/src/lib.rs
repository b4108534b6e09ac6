//! Kafka Connect's own transformations, predicates and converters as one component, so that a pipeline of them is one crossing.

use caisson_converters::number::{Double, Float, Integer, Long, Short};
use caisson_converters::{
    BooleanConverter, ByteArrayConverter, JsonConverter, NumberConverter, SimpleHeaderConverter, StringConverter,
};
use caisson_transforms::predicates::has_header_key::HasHeaderKey;
use caisson_transforms::predicates::record_is_tombstone::RecordIsTombstone;
use caisson_transforms::predicates::topic_name_matches::TopicNameMatches;
use caisson_transforms::{
    DropHeaders, Filter, HoistField, InsertField, InsertHeader, Key, MaskField, ReplaceField, SetSchemaMetadata, Value,
    ValueToKey,
};

caisson_sdk::export! {
    transformations: [
        DropHeaders,
        Filter,
        HoistField<Key>,
        HoistField<Value>,
        InsertField<Key>,
        InsertField<Value>,
        InsertHeader,
        MaskField<Key>,
        MaskField<Value>,
        ReplaceField<Key>,
        ReplaceField<Value>,
        SetSchemaMetadata<Key>,
        SetSchemaMetadata<Value>,
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
