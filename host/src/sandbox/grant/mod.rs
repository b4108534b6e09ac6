//! What an instance may reach outside itself: nothing but what its config names, within the worker's ceiling.

pub(super) mod address;
mod cached;
pub mod ceiling;
pub(super) mod files;
pub(super) mod files_view;
pub(super) mod http;
pub(super) mod names;
pub(super) mod network;
pub(super) mod path;
pub(super) mod refusals;
pub(super) mod registry;
pub mod sql;
pub mod wish;

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::config::{Props, with_prefix};
use crate::net::tls;
use crate::plugin::Plugin;
use crate::registry::Registries;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::address::Address;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::grant::files::{Files, GrantedFile, GrantedFolder};
use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::grant::registry::Named;
use crate::sandbox::grant::sql::Database;
use crate::sandbox::grant::wish::Wish;

// I17: an instance is given these and nothing else.
/// Everything granted to one instance.
#[derive(Default)]
pub(super) struct Grants {
    files: Vec<GrantedFile>,
    folders: Vec<GrantedFolder>,
    addresses: Vec<Address>,
    tls: Option<Arc<ClientConfig>>,
    stdin: bool,
    stdout: bool,
    registries: Vec<Named>,
    databases: Vec<Database>,
}

/// A plugin that is to be given something.
pub(super) struct Configured<'a> {
    pub(super) plugin: &'a Plugin,
    /// As it is started with.
    pub(super) config: &'a Props,
    /// As its user wrote it. What a task is started with was made by a plugin, which cannot grant itself anything by that.
    pub(super) written: &'a Props,
}

impl<'a> Configured<'a> {
    /// One that is started with what its user wrote.
    pub(super) fn by_user(plugin: &'a Plugin, config: &'a Props) -> Self {
        Self { plugin, config, written: config }
    }
}

impl Grants {
    /// Adds what a plugin's user named by the keys of its manifest, and the standard streams if it wants them and they name no file.
    ///
    /// # Errors
    /// [`CallError::Denied`] names key, value and remedy: a path without a folder, or beyond the ceiling.
    pub(super) fn add_plugin(
        &mut self,
        configured: &Configured<'_>,
        ceiling: &Ceiling,
        registries: &Registries,
    ) -> Result<(), CallError> {
        let Configured { plugin, config, written } = configured;
        self.registries.extend(Named::of(configured, registries, ceiling)?);
        self.databases.extend(Database::of(plugin, config, ceiling)?);
        let mut names_file = false;
        for resource in &plugin.description.resources {
            if resource.access == "tls" {
                self.add_tls(&resource.key, written, ceiling)?;
                continue;
            }
            let Some(value) = written.get(&resource.key).map(String::as_str).filter(|value| !value.is_empty()) else {
                continue;
            };
            names_file |= resource.access.starts_with("file-");
            self.add_resource(&resource.key, &resource.access, value, ceiling)?;
        }
        self.stdin |= !names_file && plugin.has_capability("stdin");
        self.stdout |= !names_file && plugin.has_capability("stdout");
        Ok(())
    }

    /// Adds the key stores that the keys behind `prefix` name, for the host to speak TLS with.
    fn add_tls(&mut self, prefix: &str, config: &Props, ceiling: &Ceiling) -> Result<(), CallError> {
        let mut keys = with_prefix(config, prefix);
        keys.retain(|key, value| key.starts_with("ssl.") && !value.trim().is_empty());
        if keys.is_empty() {
            return Ok(());
        }
        for (key, value) in &keys {
            if key == "ssl.keystore.location" || key == "ssl.truststore.location" {
                path::file(&format!("{prefix}{key}"), value, false, ceiling)?;
            }
        }
        let config = tls::client_config(&keys).map_err(|error| CallError::Denied(format!("{prefix}{error}")))?;
        self.tls = Some(config);
        Ok(())
    }

    fn add_resource(&mut self, key: &str, access: &str, value: &str, ceiling: &Ceiling) -> Result<(), CallError> {
        match access {
            "file-read" => self.files.push(path::file(key, value, false, ceiling)?),
            "file-write" => self.files.push(path::file(key, value, true, ceiling)?),
            "directory-read" => self.folders.push(path::folder(key, value, false, ceiling)?),
            "directory-write" => self.folders.push(path::folder(key, value, true, ceiling)?),
            "url" | "address" => {
                for address in address::parse_all(key, value)? {
                    ceiling.check_address(key, &address)?;
                    self.addresses.push(address);
                }
            }
            _ => {
                return Err(CallError::Denied(format!(
                    "the plugin wants {access} for {key}, which this worker cannot grant; use a newer worker"
                )));
            }
        }
        Ok(())
    }

    /// Adds what the connector's `sandbox.grants` names.
    ///
    /// # Errors
    /// As [`Grants::add_plugin`].
    pub(super) fn add_wishes(&mut self, wishes: &[Wish], ceiling: &Ceiling) -> Result<(), CallError> {
        for wish in wishes {
            match wish {
                Wish::Path { path, write } if Path::new(path).is_dir() => {
                    self.folders.push(path::folder(wish::KEY, path, *write, ceiling)?);
                }
                Wish::Path { path, write } => self.files.push(path::file(wish::KEY, path, *write, ceiling)?),
                Wish::Connect(address) => {
                    ceiling.check_address(wish::KEY, address)?;
                    self.addresses.push(address.clone());
                }
                // Granted to all: neither tells a plugin anything of others.
                Wish::Clocks | Wish::Random => {}
            }
        }
        Ok(())
    }

    pub(super) fn files(&self, refusals: Refusals) -> Result<Files, CallError> {
        Files::new(self.files.clone(), self.folders.clone(), &path::working_directory(), refusals)
            .map_err(|error| CallError::Denied(format!("the sandbox cannot open /dev/null: {error}")))
    }

    pub(super) fn addresses(&self) -> Vec<Address> {
        self.addresses.clone()
    }

    pub(super) fn tls(&self) -> Option<Arc<ClientConfig>> {
        self.tls.clone()
    }

    pub(super) fn registries(&self) -> Vec<Named> {
        self.registries.clone()
    }

    pub(super) fn databases(&self) -> Vec<Database> {
        self.databases.clone()
    }

    pub(super) fn stdin(&self) -> bool {
        self.stdin
    }

    pub(super) fn stdout(&self) -> bool {
        self.stdout
    }
}
