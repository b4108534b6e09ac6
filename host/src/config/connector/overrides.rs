//! Which client settings a connector may override (`producer.override.*`, `consumer.override.*`, `admin.override.*`; KIP-458).

use crate::config::value::ConfigError;

/// `connector.client.config.override.policy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverridePolicy {
    /// Any key.
    All,
    /// No key.
    None,
    /// Keys that say who the client is.
    Principal,
    /// These keys.
    Allowlist(Vec<String>),
}

impl OverridePolicy {
    /// The policy of that name or of Kafka's class of that name. `allowlist` is
    /// `connector.client.config.override.allowlist`.
    pub fn from_name(name: &str, allowlist: Vec<String>) -> Result<Self, ConfigError> {
        let simple = name.rsplit('.').next().unwrap_or(name);
        match simple.strip_suffix("ConnectorClientConfigOverridePolicy").unwrap_or(simple) {
            "All" => Ok(Self::All),
            "None" => Ok(Self::None),
            "Principal" => Ok(Self::Principal),
            "Allowlist" => Ok(Self::Allowlist(allowlist)),
            _ => Err(ConfigError::invalid(
                "connector.client.config.override.policy",
                name,
                "must be one of All, None, Principal, Allowlist",
            )),
        }
    }

    /// Why the client setting `key` (without its prefix) may not be overridden; none if it may.
    pub fn refusal(&self, key: &str) -> Option<String> {
        let (policy, allowed) = match self {
            Self::All => return None,
            Self::None => ("None", false),
            Self::Principal => ("Principal", ["security.protocol", "sasl.jaas.config", "sasl.mechanism"].contains(&key)),
            Self::Allowlist(keys) => ("Allowlist", keys.iter().any(|known| known == key)),
        };
        (!allowed)
            .then(|| format!("The '{policy}' policy does not allow '{key}' to be overridden in the connector configuration."))
    }
}
