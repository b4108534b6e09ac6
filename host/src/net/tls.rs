//! TLS by Kafka's `ssl.*` keys: of the API's listeners (`ssl.*`, `listeners.https.ssl.*`, `admin.listeners.https.ssl.*`; Kafka:
//! `SSLUtils`), and of what the worker connects to: other workers by the listeners' keys, registries by `schema.registry.ssl.*`.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};

use crate::config::value::ConfigError;
use crate::config::{Props, with_prefix};

use super::key_store::{Identity, KeyStore};

const IDENTIFICATION: &str = "ssl.endpoint.identification.algorithm";

/// Believes a trusted server whatever its name, which users of Kafka ask for by an empty `ssl.endpoint.identification.algorithm`.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        // The name is looked at when all else is well.
        match self.0.verify_server_cert(certificate, chain, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// The settings of one kind of listener or connection: `prefix` (such as `listeners.https.`) counts if any key has it, else the keys without.
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

    /// Whether a server's name is not to be checked.
    fn any_name(&self) -> bool {
        self.keys.get(IDENTIFICATION).is_some_and(|algorithm| algorithm.trim().is_empty())
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

    /// The key and certificates of this side, from the key store or from PEM in the properties themselves; none if neither is set.
    fn own_identity(&self) -> Result<Option<Identity>, ConfigError> {
        let inline = self.get("ssl.keystore.key").zip(self.get("ssl.keystore.certificate.chain"));
        let store = match inline {
            Some((key, chain)) => {
                let pem = KeyStore::of_pem(format!("{key}\n{chain}").as_bytes());
                Some(pem.map_err(|why| self.wrong("ssl.keystore.key", why))?)
            }
            None => self.store("keystore")?,
        };
        let Some(store) = store else { return Ok(None) };
        let identity = store.identity.filter(|(_, chain)| !chain.is_empty());
        let missing = || self.wrong("ssl.keystore.location", "there is no private key with a certificate in it");
        identity.map(Some).ok_or_else(missing)
    }

    /// The server's key and certificates.
    fn identity(&self) -> Result<Identity, ConfigError> {
        self.own_identity()?.ok_or_else(|| self.wrong("ssl.keystore.location", "an https listener needs a key store"))
    }

    /// The authorities of the trust store; none if there is no such store.
    fn trust_store(&self) -> Result<Option<RootCertStore>, ConfigError> {
        let store = match self.get("ssl.truststore.certificates") {
            Some(pem) => Some(KeyStore::of_pem(pem.as_bytes()).map_err(|why| self.wrong("ssl.truststore.certificates", why))?),
            None => self.store("truststore")?,
        };
        let Some(store) = store else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(store.trusted);
        if added == 0 {
            return Err(self.wrong("ssl.truststore.location", "there is no trusted certificate in it"));
        }
        Ok(Some(roots))
    }

    /// The authorities whose clients are let in.
    fn trusted(&self) -> Result<RootCertStore, ConfigError> {
        self.trust_store()?.ok_or_else(|| self.wrong("ssl.truststore.location", "ssl.client.auth needs a trust store"))
    }

    /// The authorities whose servers are believed: those of the trust store, else those of this machine.
    fn trusted_servers(&self) -> Result<RootCertStore, ConfigError> {
        if let Some(roots) = self.trust_store()? {
            return Ok(roots);
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        match roots.is_empty() {
            true => Err(self.wrong("ssl.truststore.location", "this machine has no trusted certificates: name a trust store")),
            false => Ok(roots),
        }
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
pub fn server_config(worker: &Props, prefix: &str) -> Result<Arc<ServerConfig>, ConfigError> {
    let keys = SslKeys::of(worker, prefix);
    let provider = Arc::new(keys.provider()?);
    let (key, chain) = keys.identity()?;
    let verifier = keys.client_verifier(&provider)?;
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&keys.versions()?);
    let builder = builder.map_err(|error| keys.wrong("ssl.enabled.protocols", error))?;
    let config = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key);
    Ok(Arc::new(config.map_err(|error| keys.wrong("ssl.keystore.location", error))?))
}

/// What a connection to a server needs for TLS, by the `ssl.*` keys of `props`.
///
/// # Errors
/// A key that is wrong.
pub fn client_config(props: &Props) -> Result<Arc<ClientConfig>, ConfigError> {
    let keys = SslKeys { prefix: String::new(), keys: props.clone() };
    if keys.any_name() {
        let why = "the name in a server's certificate is always checked here: give the server a certificate with its name";
        return Err(keys.wrong(IDENTIFICATION, why));
    }
    client(&keys)
}

/// What a request to another worker needs for TLS: the keys of the `https` listeners, used from the other side (Kafka:
/// `SSLUtils.createClientSideSslContextFactory`).
///
/// # Errors
/// A key that is wrong, named with its prefix.
pub fn peer_config(worker: &Props) -> Result<Arc<ClientConfig>, ConfigError> {
    client(&SslKeys::of(worker, "listeners.https."))
}

fn client(keys: &SslKeys) -> Result<Arc<ClientConfig>, ConfigError> {
    let provider = Arc::new(keys.provider()?);
    let roots = Arc::new(keys.trusted_servers()?);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
    let verifier = verifier.map_err(|error| keys.wrong("ssl.truststore.location", error))?;
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&keys.versions()?);
    let builder = builder.map_err(|error| keys.wrong("ssl.enabled.protocols", error))?;
    let builder = match keys.any_name() {
        true => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName(verifier))),
        false => builder.with_webpki_verifier(verifier),
    };
    let config = match keys.own_identity()? {
        None => builder.with_no_client_auth(),
        Some((key, chain)) => {
            builder.with_client_auth_cert(chain, key).map_err(|error| keys.wrong("ssl.keystore.location", error))?
        }
    };
    Ok(Arc::new(config))
}
