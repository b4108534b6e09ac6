//! How workers of a cluster sign their requests to each other (KIP-507; Kafka: `InternalRequestSignature`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;

use crate::herder::error::HerderError;
use crate::herder::herding::Signed;
use crate::storage::config_state::SessionKey;

/// The one algorithm that is spoken.
pub const ALGORITHM: &str = "HmacSHA256";
/// Bytes of a new key.
const KEY_BYTES: usize = 32;

/// A new key. `now` is in milliseconds since the epoch.
pub fn new_key(now: i64) -> Result<SessionKey, String> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random bytes for a session key: {error}"))?;
    Ok(SessionKey { key: STANDARD.encode(bytes), algorithm: ALGORITHM.to_owned(), created: now })
}

/// The signature of a request's body.
pub fn sign(key: &SessionKey, body: &[u8]) -> Result<String, String> {
    Ok(STANDARD.encode(HMAC::mac(body, secret(key)?)))
}

/// Checks a request's signature.
pub fn verify(key: Option<&SessionKey>, body: &[u8], signed: Signed<'_>) -> Result<(), HerderError> {
    let refused = |status, message: &str| HerderError::Unsigned { status, message: message.to_owned() };
    let (Some(signature), Some(algorithm)) = (signed.signature, signed.algorithm) else {
        return Err(refused(400, "Internal request missing required signature"));
    };
    if algorithm != ALGORITHM {
        let why = format!(
            "This worker does not support the '{algorithm}' key signing algorithm used by other workers. This worker is currently \
             configured to use: [{ALGORITHM}]. Check that all workers' configuration files permit the same set of signature algorithms, \
             and correct any misconfigured worker and restart it."
        );
        return Err(refused(400, &why));
    }
    let Some(key) = key else {
        return Err(refused(
            503,
            "This worker is still starting up and has not been able to read a session key from the config topic yet",
        ));
    };
    let invalid = || refused(403, "Internal request contained invalid signature.");
    let expected = STANDARD.decode(signature).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or_else(invalid)?;
    let secret = secret(key).map_err(|_| invalid())?;
    match HMAC::verify(body, secret, &expected) {
        true => Ok(()),
        false => Err(invalid()),
    }
}

fn secret(key: &SessionKey) -> Result<Vec<u8>, String> {
    STANDARD.decode(&key.key).map_err(|error| format!("the session key is no base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_accepted() {
        let (key, other) = (new_key(1).unwrap(), new_key(1).unwrap());
        let signature = sign(&key, b"[]").unwrap();
        let signed = Signed { signature: Some(&signature), algorithm: Some(ALGORITHM) };
        assert_eq!(verify(Some(&key), b"[]", signed), Ok(()));
        let status = |key: Option<&SessionKey>, body: &[u8], signed| match verify(key, body, signed) {
            Err(HerderError::Unsigned { status, .. }) => status,
            other => panic!("{other:?}"),
        };
        assert_eq!(status(Some(&other), b"[]", signed), 403);
        assert_eq!(status(Some(&key), b"[ ]", signed), 403);
        assert_eq!(status(None, b"[]", signed), 503);
        assert_eq!(status(Some(&key), b"[]", Signed::default()), 400);
        assert_eq!(status(Some(&key), b"[]", Signed { algorithm: Some("HmacMD5"), ..signed }), 400);
    }
}
