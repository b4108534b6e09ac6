//! TLS to databases, by the properties of their JDBC drivers.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::error::SqlError;

/// How far a server has to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// No TLS.
    Disable,
    /// TLS if the server has it, whoever it is.
    Prefer,
    /// TLS, whoever the server is.
    Require,
    /// TLS, and a certificate of a known authority.
    VerifyCa,
    /// The same, for the name that is connected to.
    VerifyFull,
}

/// Where certificates are. Each is a path of a PEM file, or for a key of a DER file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Files<'a> {
    /// Authorities; none: those of the system.
    pub(crate) roots: Option<&'a Path>,
    /// The client's own certificate.
    pub(crate) certificate: Option<&'a Path>,
    /// And its key.
    pub(crate) key: Option<&'a Path>,
}

/// The configuration of a client.
pub(crate) fn client(mode: Mode, files: Files<'_>) -> Result<ClientConfig, SqlError> {
    let provider = Arc::new(ring::default_provider());
    let told = |error: Error| SqlError::config("sslmode", &format!("{mode:?}"), &format!("TLS cannot be set up: {error}"));
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(told)?;
    let builder = match mode {
        Mode::VerifyFull => builder.with_root_certificates(roots(files.roots)?),
        Mode::VerifyCa => {
            let verifier = WebPkiServerVerifier::builder_with_provider(roots(files.roots)?.into(), Arc::clone(&provider)).build();
            let verifier = verifier.map_err(|error| SqlError::config("sslrootcert", "", &error.to_string()))?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { authority: Some(verifier), provider }))
        }
        Mode::Disable | Mode::Prefer | Mode::Require => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { authority: None, provider }))
        }
    };
    match (files.certificate, files.key) {
        (Some(certificate), Some(key)) => {
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?).map_err(told)
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn roots(path: Option<&Path>) -> Result<RootCertStore, SqlError> {
    let mut store = RootCertStore::empty();
    match path {
        Some(path) => {
            for certificate in certificates(path)? {
                store.add(certificate).map_err(|error| unreadable(path, &error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(store)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SqlError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(unreadable(path, &"it has no certificate in PEM form")),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// PEM, or PKCS 8 in DER, which PostgreSQL's driver wants.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, SqlError> {
    if let Ok(key) = PrivateKeyDer::from_pem_file(path) {
        return Ok(key);
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    PrivateKeyDer::try_from(bytes).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> SqlError {
    SqlError::config("sslrootcert, sslcert or sslkey", &path.display().to_string(), &error.to_string())
}

/// Takes a server by whatever name, and without an authority any server: what `require` and `verify-ca` ask for.
#[derive(Debug)]
struct AnyName {
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else {
            return Ok(ServerCertVerified::assertion());
        };
        match authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_that_cannot_be_read_are_named() {
        assert!(client(Mode::Require, Files::default()).is_ok());
        let missing = Path::new("/nowhere/ca.pem");
        for files in [
            Files { roots: Some(missing), ..Files::default() },
            Files { certificate: Some(missing), key: Some(missing), ..Files::default() },
        ] {
            let told = client(Mode::VerifyFull, files).unwrap_err();
            assert!(told.message.contains("/nowhere/ca.pem"), "{told}");
        }
        let none = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let told = client(Mode::VerifyCa, Files { roots: Some(none), ..Files::default() }).unwrap_err();
        assert!(told.message.contains("PEM"), "{told}");
    }
}
