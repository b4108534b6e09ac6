use caisson_file_stream::{sink::FileStreamSink, source::FileStreamSource};
use caisson_sdk::testing::{driver::*, native::*};
use std::collections::BTreeMap;
use std::time::Instant;
fn main() {
    let path = "/tmp/sdk-cost.txt";
    let line = format!("{}\n", "x".repeat(100));
    std::fs::write(path, line.repeat(1_000_000)).unwrap();
    let cfg: Props = BTreeMap::from([("file".into(), path.into()), ("topic".into(), "lines".into())]);
    let mut d = NativeSource::<FileStreamSource>::default();
    for _ in 0..3 {
        let mut t = d.start(&cfg).unwrap();
        let s = Instant::now();
        let mut bytes = 0;
        let mut polls = 0;
        loop {
            let p = d.poll(&mut t).unwrap();
            if p.batch.is_empty() {
                break;
            }
            bytes += p.batch.len() + p.origins.len();
            polls += 1;
        }
        println!("source {} ns/record {} bytes {} polls", s.elapsed().as_nanos() / 1_000_000, bytes, polls);
    }
    use caisson_sdk::*;
    let map = |i: i64| {
        Value::Map(
            (0..8)
                .map(|f| {
                    (Value::from(format!("field{f}")), if f % 2 == 0 { Value::Int64(i) } else { Value::from("some text value") })
                })
                .collect(),
        )
    };
    let records: Vec<_> = (0..500)
        .map(|i| {
            let mut r = Record::new("t").with_value(Datum::schemaless(map(i)));
            r.id = i as u32;
            r
        })
        .collect();
    let batch = caisson_sdk::batches::encode_batch(&records).unwrap();
    println!("batch {} bytes/record", batch.len() / 500);
    let cfg: Props = BTreeMap::from([("file".into(), "/tmp/sdk-cost.out".into())]);
    let mut d = NativeSink::<FileStreamSink>::default();
    for _ in 0..3 {
        let mut t = d.start(&cfg).unwrap();
        let s = Instant::now();
        for _ in 0..400 {
            d.put(&mut t, &batch).unwrap();
        }
        d.pre_commit(&mut t, vec![]).unwrap();
        println!("sink {} ns/record", s.elapsed().as_nanos() / 200_000);
    }
}
