//! TLS of the API's listeners: `ssl.*`, `listeners.https.ssl.*`, `admin.listeners.https.ssl.*` (Kafka: `SSLUtils`).

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::config::value::ConfigError;
use crate::config::{Props, with_prefix};

use super::key_store::{Identity, KeyStore};

/// The settings of one kind of listener: `prefix` (such as `listeners.https.`) counts if any key has it, else the keys without.
struct SslKeys {
    prefix: String,
    keys: Props,
}

impl SslKeys {
    fn of(worker: &Props, prefix: &str) -> Self {
        let own: Props = with_prefix(worker, prefix).into_iter().filter(|(key, _)| key.starts_with("ssl.")).collect();
        match own.is_empty() {
            true => Self { prefix: String::new(), keys: worker.clone() },
            false => Self { prefix: prefix.to_owned(), keys: own },
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn list(&self, key: &str) -> Vec<&str> {
        self.get(key).unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
    }

    fn wrong(&self, key: &str, why: impl std::fmt::Display) -> ConfigError {
        ConfigError(format!("{}{key}: {why}", self.prefix))
    }

    /// The store under `ssl.keystore.` or `ssl.truststore.`; none if no location is set.
    fn store(&self, which: &str) -> Result<Option<KeyStore>, ConfigError> {
        let key = |name: &str| format!("ssl.{which}.{name}");
        let Some(location) = self.get(&key("location")) else { return Ok(None) };
        let password = self.get(&key("password")).unwrap_or_default();
        let key_password = self.get("ssl.key.password").unwrap_or(password);
        let kind = self.get(&key("type")).unwrap_or("JKS");
        let store = KeyStore::read(Path::new(location), kind, password, key_password);
        store.map(Some).map_err(|why| self.wrong(&key("location"), why))
    }

    /// The server's key and certificates, from the key store or from PEM in the properties themselves.
    fn identity(&self) -> Result<Identity, ConfigError> {
        let inline = self.get("ssl.keystore.key").zip(self.get("ssl.keystore.certificate.chain"));
        let store = match inline {
            Some((key, chain)) => {
                let pem = KeyStore::of_pem(format!("{key}\n{chain}").as_bytes());
                Some(pem.map_err(|why| self.wrong("ssl.keystore.key", why))?)
            }
            None => self.store("keystore")?,
        };
        let store = store.ok_or_else(|| self.wrong("ssl.keystore.location", "an https listener needs a key store"))?;
        let identity = store.identity.filter(|(_, chain)| !chain.is_empty());
        identity.ok_or_else(|| self.wrong("ssl.keystore.location", "there is no private key with a certificate in it"))
    }

    /// The authorities whose clients are let in.
    fn trusted(&self) -> Result<RootCertStore, ConfigError> {
        let store = match self.get("ssl.truststore.certificates") {
            Some(pem) => Some(KeyStore::of_pem(pem.as_bytes()).map_err(|why| self.wrong("ssl.truststore.certificates", why))?),
            None => self.store("truststore")?,
        };
        let store = store.ok_or_else(|| self.wrong("ssl.truststore.location", "ssl.client.auth needs a trust store"))?;
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(store.trusted);
        if added == 0 {
            return Err(self.wrong("ssl.truststore.location", "there is no trusted certificate in it"));
        }
        Ok(roots)
    }

    fn client_verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, ConfigError> {
        let required = match self.get("ssl.client.auth").unwrap_or("none") {
            "none" => return Ok(WebPkiClientVerifier::no_client_auth()),
            "requested" => false,
            _ => true,
        };
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(self.trusted()?), Arc::clone(provider));
        let verifier = if required { verifier } else { verifier.allow_unauthenticated() };
        verifier.build().map_err(|error| self.wrong("ssl.truststore.location", error))
    }

    fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>, ConfigError> {
        let named = self.list("ssl.enabled.protocols");
        let known = [("TLSv1.2", &rustls::version::TLS12), ("TLSv1.3", &rustls::version::TLS13)];
        let wanted = known.iter().filter(|(name, _)| named.is_empty() || named.contains(name));
        let versions: Vec<_> = wanted.map(|(_, version)| *version).collect();
        match versions.is_empty() {
            true => Err(self.wrong("ssl.enabled.protocols", "TLSv1.2 and TLSv1.3 are there, and none of them is named")),
            false => Ok(versions),
        }
    }

    /// Cryptography with the suites that are named; those that are not known are passed over, as Java does.
    fn provider(&self) -> Result<CryptoProvider, ConfigError> {
        let mut provider = rustls::crypto::ring::default_provider();
        let named = self.list("ssl.cipher.suites");
        if !named.is_empty() {
            // Java's names are those of the RFCs; rustls says TLS13_ where TLS 1.3 has TLS_.
            let name = |suite: &rustls::SupportedCipherSuite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_");
            provider.cipher_suites.retain(|suite| named.contains(&name(suite).as_str()));
        }
        match provider.cipher_suites.is_empty() {
            true => Err(self.wrong("ssl.cipher.suites", "none of them is known")),
            false => Ok(provider),
        }
    }
}

/// What a listener needs for TLS.
///
/// # Errors
/// A key that is wrong, named with its prefix.
pub(super) fn server_config(worker: &Props, prefix: &str) -> Result<Arc<ServerConfig>, ConfigError> {
    let keys = SslKeys::of(worker, prefix);
    let provider = Arc::new(keys.provider()?);
    let (key, chain) = keys.identity()?;
    let verifier = keys.client_verifier(&provider)?;
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&keys.versions()?);
    let builder = builder.map_err(|error| keys.wrong("ssl.enabled.protocols", error))?;
    let config = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key);
    Ok(Arc::new(config.map_err(|error| keys.wrong("ssl.keystore.location", error))?))
}
