//! The plugin in this process, without WebAssembly.

use caisson_sdk::run::chain::StageSpec;
use caisson_sdk::run::registry::Registry;
use caisson_sdk::testing::contract;
use caisson_sdk::testing::native::NativeStages;
use my_plugin::Plugins;

#[test]
fn it_keeps_the_contract() {
    contract::manifest(Plugins::ENTRIES).unwrap();
    let stage = StageSpec {
        kind: "transform".to_owned(),
        class: "com.example.MyPlugin".to_owned(),
        config: vec![("field".to_owned(), "name".to_owned())],
        ..StageSpec::default()
    };
    contract::stages(&mut NativeStages(Plugins::ENTRIES), &[stage]).unwrap();
}
