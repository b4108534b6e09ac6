//! Kafka Connect's own transformations, predicates and converters as one component, so that a pipeline of them is one crossing.

use caisson_converters::{ByteArrayConverter, JsonConverter, SimpleHeaderConverter, StringConverter};
use caisson_transforms::predicates::{HasHeaderKey, RecordIsTombstone, TopicNameMatches};
use caisson_transforms::{Filter, HoistField, InsertField, Key, MaskField, ReplaceField, Value};

caisson_sdk::export! {
    transformations: [
        Filter,
        HoistField<Key>,
        HoistField<Value>,
        InsertField<Key>,
        InsertField<Value>,
        MaskField<Key>,
        MaskField<Value>,
        ReplaceField<Key>,
        ReplaceField<Value>,
    ],
    predicates: [HasHeaderKey, RecordIsTombstone, TopicNameMatches],
    converters: [ByteArrayConverter, JsonConverter, StringConverter],
    header_converters: [ByteArrayConverter, JsonConverter, SimpleHeaderConverter, StringConverter],
}
