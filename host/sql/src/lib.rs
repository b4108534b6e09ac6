//! The databases that plugins of the capability `sql` speak to: PostgreSQL, MySQL and MariaDB, and SQLite, as the contract's
//! `sql` tells. URLs of SQL Server and Oracle are read, so that what they name is known.
//!
//! A configuration is read to [`settings::Settings`]; a [`pool::Pool`] opens [`connection::Connection`]s by it and counts them. Each connection
//! is a session of its own ([`session`]) that a driver's module runs; rows become CBOR where they are read ([`cell`], [`rows`]).
//!
//! A crate beside the host's, since nothing here needs the sandbox and the drivers are tested without it.

pub mod calendar;
pub mod cell;
pub mod column;
pub mod connect_type;
pub mod connection;
pub mod dial;
pub mod error;
mod mysql;
pub mod parameters;
pub mod pool;
mod postgres;
pub mod rows;
pub mod session;
pub mod settings;
mod sqlite;
mod tls;
pub mod url;
