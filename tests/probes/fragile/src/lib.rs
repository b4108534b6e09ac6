//! A transformation that breaks at records whose value says so: `panic…` traps, `loop…` never ends, `data…` is a bad record,
//! `drop…` is dropped, `retry…` fails twice in a way that may pass, `never…` always. All others pass unchanged.
//! A second transformation writes behind each value how often it was called, so that a call too many shows.

use caisson_sdk::{Config, ConfigDef, Error, PluginInfo, Record, Transformation, Value};

struct Fragile {
    retries: u32,
}

impl Transformation for Fragile {
    fn plugin() -> PluginInfo {
        PluginInfo::new("caisson.probe.Fragile", "Breaks at records whose value says so.", ConfigDef::new())
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self { retries: 0 })
    }

    fn apply<'b>(&mut self, record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let value = record.value.value.clone().decoded()?;
        match value.as_str().unwrap_or_default() {
            text if text.starts_with("panic") => break_down(),
            text if text.starts_with("loop") => Ok(endless(record)),
            text if text.starts_with("data") => Err(Error::data("a bad record")),
            text if text.starts_with("drop") => Ok(None),
            text if text.starts_with("never") => Err(Error::retriable("not ever")),
            text if text.starts_with("retry") && self.retries < 2 => {
                self.retries += 1;
                Err(Error::retriable("not yet"))
            }
            _ => Ok(Some(record)),
        }
    }
}

struct Counted {
    calls: u32,
}

impl Transformation for Counted {
    fn plugin() -> PluginInfo {
        PluginInfo::new("caisson.probe.Counted", "Writes behind each value how often it was called.", ConfigDef::new())
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self { calls: 0 })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        self.calls += 1;
        let value = record.value.value.clone().decoded()?;
        let text = format!("{} #{}", value.as_str().unwrap_or_default(), self.calls);
        record.value.value = Value::String(text.into());
        Ok(Some(record))
    }
}

#[allow(clippy::panic, reason = "that is what this probe is for")]
fn break_down() -> ! {
    panic!("a fragile moment")
}

fn endless(record: Record<'_>) -> Option<Record<'_>> {
    let mut turns = 0u64;
    while std::hint::black_box(true) {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
    Some(record)
}

caisson_sdk::export! {
    transformations: [Fragile, Counted],
}
