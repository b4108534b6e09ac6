//! What a registry's failure means for a record, in the terms of Confluent's converters.

use caisson_sdk::{Error, ErrorKind};

/// `context` says what could not be done, such as `Failed to serialize Avro data from topic t :`. A registry that cannot be reached: a
/// `RetriableException`; a wrong setting: a `ConfigException`; anything else is the record's: a `DataException`.
pub fn of(context: &str, error: &Error) -> Error {
    let message = format!("{context} {}", error.message());
    match error.kind() {
        ErrorKind::Retriable => Error::retriable(message),
        ErrorKind::Config => Error::config(message),
        ErrorKind::Data | ErrorKind::Connect => Error::data(message),
    }
}
