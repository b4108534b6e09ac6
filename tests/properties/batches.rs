//! A record is the same behind a batch as before it.

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::{Datum, Record};
use proptest::prop_assert_eq;

use crate::arbitrary;
use crate::holds;

/// A record that borrows nothing.
pub fn owned(record: Record<'_>, coordinates: &Record<'static>) -> Record<'static> {
    let datum = |datum: Datum<'_>| Datum { schema: datum.schema, value: datum.value.into_owned().unwrap() };
    Record {
        id: record.id,
        topic: record.topic.into_owned().into(),
        partition: record.partition,
        timestamp: record.timestamp,
        key: datum(record.key),
        value: datum(record.value),
        headers: record
            .headers
            .into_iter()
            .map(|header| caisson_sdk::Header { name: header.name.into_owned().into(), datum: datum(header.datum) })
            .collect(),
        coordinates: record.coordinates.map(|found| {
            let expected = coordinates.coordinates.unwrap();
            assert_eq!((found.topic, found.partition, found.offset), (expected.topic, expected.partition, expected.offset));
            expected
        }),
    }
}

#[test]
fn any_record_survives_a_batch() {
    holds(&arbitrary::records(), |records| {
        let batch = encode_batch(&records).unwrap();
        let mut originals = records.iter();
        let read = with_records(&batch, |record| owned(record, originals.next().unwrap())).unwrap();
        prop_assert_eq!(&read, &records);
        // Bytes made of what was read are the same bytes.
        prop_assert_eq!(encode_batch(&read).unwrap(), batch);
        Ok(())
    });
}
