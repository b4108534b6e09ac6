//! The host that plugins of this thread see when they run natively.

use crate::codec::origins;
use crate::data::value::Value;
use crate::error::Error;
pub use crate::host::stand_in::{HostState, with_host};

/// Stores the offset of a source partition, as if a task had got that far. `DataException` for a value that no offset holds.
pub fn store_offset(partition: &[(&str, Value<'_>)], offset: &[(&str, Value<'_>)]) -> Result<(), Error> {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    origins::write_map(&mut key, Some(partition))?;
    origins::write_map(&mut value, Some(offset))?;
    with_host(|host| host.offsets.insert(key, value));
    Ok(())
}

/// Forgets everything that plugins of this thread have done.
pub fn reset() {
    with_host(|host| *host = HostState::default());
}
