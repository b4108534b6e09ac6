//! The keys of a configuration that say where a registry is and how it is spoken to (Confluent: `SchemaRegistryClientConfig`). Each may
//! also be written with `schema.registry.` before it, and then counts first.

use crate::config::Props;

/// The capability of plugins that are let at registries.
pub const CAPABILITY: &str = "schema-registry";
/// Its URLs.
pub const URL: &str = "schema.registry.url";
/// Stands before keys that are meant for the registry alone.
pub const PREFIX: &str = "schema.registry.";

/// `URL`, `USER_INFO` or `SASL_INHERIT`.
pub(super) const BASIC_AUTH_SOURCE: &str = "basic.auth.credentials.source";
/// `user:password`.
pub(super) const BASIC_AUTH_USER_INFO: &str = "basic.auth.user.info";
/// `STATIC_TOKEN`.
pub(super) const BEARER_AUTH_SOURCE: &str = "bearer.auth.credentials.source";
/// The token.
pub(super) const BEARER_AUTH_TOKEN: &str = "bearer.auth.token";
/// A header beside the token.
pub(super) const BEARER_AUTH_CLUSTER: &str = "bearer.auth.logical.cluster";
/// A header beside the token.
pub(super) const BEARER_AUTH_POOL: &str = "bearer.auth.identity.pool.id";
/// Has user and password under `SASL_INHERIT`.
pub(super) const SASL_JAAS_CONFIG: &str = "sasl.jaas.config";
/// In milliseconds.
pub(super) const CONNECT_TIMEOUT: &str = "http.connect.timeout.ms";
/// In milliseconds.
pub(super) const READ_TIMEOUT: &str = "http.read.timeout.ms";
/// How often a request is repeated.
pub(super) const MAX_RETRIES: &str = "max.retries";
/// In milliseconds.
pub(super) const RETRIES_WAIT: &str = "retries.wait.ms";
/// In milliseconds.
pub(super) const RETRIES_MAX_WAIT: &str = "retries.max.wait.ms";
/// How many schemas are remembered.
pub(super) const MAX_SCHEMAS: &str = "max.schemas.per.subject";
/// How many newest versions are remembered.
pub(super) const LATEST_CACHE_SIZE: &str = "latest.cache.size";
/// For how long, in seconds; -1: for good.
pub(super) const LATEST_CACHE_TTL: &str = "latest.cache.ttl.sec";
/// A proxy; there is none.
pub(super) const PROXY_HOST: &str = "proxy.host";
/// Stands before the names of headers that are sent with every request.
pub(super) const HEADERS: &str = "request.header.";
/// Stands before the keys of TLS.
const SSL: &str = "ssl.";

const PLAIN: [&str; 14] = [
    BASIC_AUTH_SOURCE,
    BASIC_AUTH_USER_INFO,
    BEARER_AUTH_SOURCE,
    BEARER_AUTH_TOKEN,
    BEARER_AUTH_CLUSTER,
    BEARER_AUTH_POOL,
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    MAX_RETRIES,
    RETRIES_WAIT,
    RETRIES_MAX_WAIT,
    MAX_SCHEMAS,
    LATEST_CACHE_SIZE,
    LATEST_CACHE_TTL,
];

/// What of a configuration concerns the registry, without the prefix, except for [`URL`].
pub(super) fn of_registry(config: &Props) -> Props {
    let mut own = Props::new();
    for (key, value) in config {
        if key != URL && concerns_registry(key) {
            own.insert(key.clone(), value.clone());
        }
    }
    for (key, value) in config {
        match key.strip_prefix(PREFIX) {
            Some(_) if key == URL => own.insert(key.clone(), value.clone()),
            Some(plain) if concerns_registry(plain) => own.insert(plain.to_owned(), value.clone()),
            _ => None,
        };
    }
    own
}

fn concerns_registry(key: &str) -> bool {
    PLAIN.contains(&key) || [SASL_JAAS_CONFIG, PROXY_HOST].contains(&key) || key.starts_with(SSL) || key.starts_with(HEADERS)
}

// I28: credentials, key stores and headers end here.
/// The configuration as a plugin is given it: without credentials, key stores and headers, users and passwords in URLs included.
pub fn without_secrets(config: &Props) -> Props {
    let mut public: Props =
        config.iter().filter(|(key, _)| !is_secret(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(urls) = public.get_mut(URL) {
        *urls = urls.split(',').map(without_user).collect::<Vec<_>>().join(",");
    }
    public
}

fn is_secret(key: &str) -> bool {
    let key = key.strip_prefix(PREFIX).unwrap_or(key);
    let secrets = [BASIC_AUTH_USER_INFO, BEARER_AUTH_TOKEN, SASL_JAAS_CONFIG, "bearer.auth.client.secret"];
    secrets.contains(&key) || key.starts_with(SSL) || key.starts_with(HEADERS)
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// I28
    #[test]
    fn a_plugin_is_given_no_secrets() {
        let config = props(&[
            ("schema.registry.url", "https://ann:p%40ss@one:8081/apis,http://two"),
            ("basic.auth.credentials.source", "USER_INFO"),
            ("basic.auth.user.info", "ann:secret"),
            ("schema.registry.basic.auth.user.info", "ann:secret"),
            ("bearer.auth.token", "secret"),
            ("schema.registry.ssl.keystore.password", "secret"),
            ("ssl.key.password", "secret"),
            ("request.header.X-Key", "secret"),
            ("sasl.jaas.config", "PlainLoginModule required password=\"secret\";"),
            ("enhanced.avro.schema.support", "true"),
        ]);
        let public = without_secrets(&config);
        assert_eq!(
            public,
            props(&[
                ("schema.registry.url", "https://one:8081/apis,http://two"),
                ("basic.auth.credentials.source", "USER_INFO"),
                ("enhanced.avro.schema.support", "true"),
            ])
        );
    }

    #[test]
    fn a_prefixed_key_counts_first() {
        let config = props(&[("ssl.keystore.type", "JKS"), ("schema.registry.ssl.keystore.type", "PEM"), ("other", "x")]);
        assert_eq!(of_registry(&config), props(&[("ssl.keystore.type", "PEM")]));
    }
}
