//! The plugin in this process, without WebAssembly.

use std::collections::BTreeMap;

use caisson_sdk::testing::contract::{self, SinkCase};
use caisson_sdk::testing::native::NativeSink;
use my_plugin::MyPlugin;

#[test]
fn it_keeps_the_contract() {
    let file = std::env::temp_dir().join(format!("my-plugin-{}.txt", std::process::id()));
    let config = BTreeMap::from([("file".to_owned(), file.display().to_string())]);
    let mut stored = || std::fs::read_to_string(&file).map_or(0, |text| text.lines().count());
    let kept = contract::sink(&mut NativeSink::<MyPlugin>::default(), SinkCase { config, stored: &mut stored });
    std::fs::remove_file(&file).unwrap();
    kept.unwrap();
}
