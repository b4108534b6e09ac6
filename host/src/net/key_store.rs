//! Java's key stores: JKS, PKCS12 and PEM files.

use std::io::Cursor;
use std::path::Path;

use openssl::pkcs12::Pkcs12;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a JKS file begins with.
const JKS_MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];

/// A private key with its certificates, the server's own first.
pub(super) type Identity = (PrivateKeyDer<'static>, Vec<CertificateDer<'static>>);

/// What a key store or trust store holds.
#[derive(Debug, Default)]
pub(super) struct KeyStore {
    /// The first private key in it.
    pub identity: Option<Identity>,
    /// Certificates without a key: authorities that are trusted.
    pub trusted: Vec<CertificateDer<'static>>,
}

impl KeyStore {
    /// Reads a file. `kind` is `JKS`, `PKCS12` or `PEM`; as in Java a file of either of the first two is known by its content. The error
    /// is what a user can act on.
    pub(super) fn read(path: &Path, kind: &str, password: &str, key_password: &str) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let read = match kind.to_ascii_uppercase().as_str() {
            "PEM" => Self::of_pem(&bytes),
            "JKS" | "PKCS12" if bytes.starts_with(&JKS_MAGIC) => Self::of_jks(&bytes, password, key_password),
            "JKS" | "PKCS12" => Self::of_pkcs12(&bytes, password),
            _ => return Err(format!("type {kind} is none of JKS, PKCS12 and PEM")),
        };
        read.map_err(|why| format!("{}: {why}", path.display()))
    }

    /// Certificates and at most one private key, which is not encrypted.
    pub(super) fn of_pem(bytes: &[u8]) -> Result<Self, String> {
        let certificates = CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| format!("no PEM: {error:?}"))?;
        if bytes.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED.as_bytes()) {
            return Err("its private key is encrypted: put it into a PKCS12 file, or decrypt it with `openssl pkey`".to_owned());
        }
        Ok(match PrivateKeyDer::from_pem_slice(bytes) {
            Ok(key) => Self { identity: Some((key, certificates)), trusted: Vec::new() },
            Err(_) => Self { identity: None, trusted: certificates },
        })
    }

    fn of_jks(bytes: &[u8], password: &str, key_password: &str) -> Result<Self, String> {
        let mut store = jks::KeyStore::new();
        store.load(Cursor::new(bytes), password.as_bytes()).map_err(|error| format!("{error}; is the password right?"))?;
        let mut read = Self::default();
        for alias in store.aliases() {
            if store.is_trusted_certificate_entry(&alias) {
                let entry = store.get_trusted_certificate_entry(&alias).map_err(|error| error.to_string())?;
                read.trusted.push(CertificateDer::from(entry.certificate.content));
            } else if read.identity.is_none() && store.is_private_key_entry(&alias) {
                let entry = store.get_private_key_entry(&alias, key_password.as_bytes());
                let entry = entry.map_err(|error| format!("key {alias}: {error}; is the key's password right?"))?;
                let chain = entry.certificate_chain.into_iter().map(|certificate| CertificateDer::from(certificate.content));
                read.identity = Some((PrivatePkcs8KeyDer::from(entry.private_key).into(), chain.collect()));
            }
        }
        Ok(read)
    }

    fn of_pkcs12(bytes: &[u8], password: &str) -> Result<Self, String> {
        let store = Pkcs12::from_der(bytes).map_err(|_| "it is neither JKS nor PKCS12".to_owned())?;
        let parsed = store.parse2(password).map_err(|error| format!("{error}; is the password right?"))?;
        let der = |error: openssl::error::ErrorStack| error.to_string();
        let mut others = Vec::new();
        for certificate in parsed.ca.iter().flatten() {
            others.push(CertificateDer::from(certificate.to_der().map_err(der)?));
        }
        let (Some(key), Some(own)) = (parsed.pkey, parsed.cert) else {
            return Ok(Self { identity: None, trusted: others });
        };
        let mut chain = vec![CertificateDer::from(own.to_der().map_err(der)?)];
        chain.extend(others);
        let key = PrivatePkcs8KeyDer::from(key.private_key_to_pkcs8().map_err(der)?);
        Ok(Self { identity: Some((key.into(), chain)), trusted: Vec::new() })
    }
}

/// How an encrypted private key begins.
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
