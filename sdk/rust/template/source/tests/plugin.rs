//! The plugin in this process, without WebAssembly.

use std::collections::BTreeMap;

use caisson_sdk::testing::contract::{self, SourceCase};
use caisson_sdk::testing::native::NativeSource;
use my_plugin::MyPlugin;

#[test]
fn it_keeps_the_contract() {
    let file = std::env::temp_dir().join(format!("my-plugin-{}.txt", std::process::id()));
    std::fs::write(&file, "one\ntwo\nthree\nno end").unwrap();
    let config = BTreeMap::from([
        ("file".to_owned(), file.display().to_string()),
        ("topic".to_owned(), "lines".to_owned()),
        ("batch.size".to_owned(), "2".to_owned()),
    ]);
    let kept = contract::source(&mut NativeSource::<MyPlugin>::default(), &SourceCase { config, records: 3 });
    std::fs::remove_file(&file).unwrap();
    kept.unwrap();
}
