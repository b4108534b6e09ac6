//! TLS and SASL: Java's key stores and JAAS lines as librdkafka's PEM and user names.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

use super::properties::wrong;
use crate::broker::error::BrokerError;
use crate::config::jaas;

/// Translates `sasl.*`, `ssl.truststore.*` and `ssl.keystore.*`.
pub fn apply(java: &BTreeMap<&str, &str>, config: &mut ClientConfig) -> Result<(), BrokerError> {
    let secured = java.get("security.protocol").copied().unwrap_or("PLAINTEXT").to_ascii_uppercase();
    sasl(java, config, secured.starts_with("SASL"))?;
    truststore(java, config)?;
    keystore(java, config)
}

fn sasl(java: &BTreeMap<&str, &str>, config: &mut ClientConfig, wanted: bool) -> Result<(), BrokerError> {
    let given = java.get("sasl.mechanism").copied();
    let Some(mechanism) = given.or(wanted.then_some("GSSAPI")) else { return Ok(()) };
    if !["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].contains(&mechanism) {
        return Err(wrong("sasl.mechanism", mechanism, "PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are built in"));
    }
    config.set("sasl.mechanism", mechanism);
    let Some(line) = java.get("sasl.jaas.config") else {
        return if wanted { Err(wrong("sasl.jaas.config", "", "it must give username and password")) } else { Ok(()) };
    };
    for (option, key) in [("username", "sasl.username"), ("password", "sasl.password")] {
        match jaas::option(line, option) {
            Some(value) => config.set(key, value),
            // The line holds a password, so it is not shown.
            None => return Err(wrong("sasl.jaas.config", "…", &format!("it has no {option}=\"…\""))),
        };
    }
    Ok(())
}

fn truststore(java: &BTreeMap<&str, &str>, config: &mut ClientConfig) -> Result<(), BrokerError> {
    if let Some(pem) = java.get("ssl.truststore.certificates").filter(|pem| !pem.is_empty()) {
        config.set("ssl.ca.pem", *pem);
    }
    let Some(location) = java.get("ssl.truststore.location").filter(|path| !path.is_empty()) else { return Ok(()) };
    let kind = java.get("ssl.truststore.type").copied().unwrap_or("JKS");
    if !kind.eq_ignore_ascii_case("PEM") {
        let how = format!(
            "a {kind} trust store cannot be read: run `keytool -exportcert -rfc -keystore {location} -alias … -file ca.pem` for \
             its certificates and set ssl.truststore.type=PEM and ssl.truststore.location to that file"
        );
        return Err(wrong("ssl.truststore.type", kind, &how));
    }
    config.set("ssl.ca.location", *location);
    Ok(())
}

fn keystore(java: &BTreeMap<&str, &str>, config: &mut ClientConfig) -> Result<(), BrokerError> {
    for (name, key) in [
        ("ssl.keystore.certificate.chain", "ssl.certificate.pem"),
        ("ssl.keystore.key", "ssl.key.pem"),
        ("ssl.key.password", "ssl.key.password"),
    ] {
        if let Some(value) = java.get(name).filter(|value| !value.is_empty()) {
            config.set(key, *value);
        }
    }
    let Some(location) = java.get("ssl.keystore.location").filter(|path| !path.is_empty()) else { return Ok(()) };
    let kind = java.get("ssl.keystore.type").copied().unwrap_or("JKS");
    match kind.to_ascii_uppercase().as_str() {
        // One PEM file holds the key and its chain.
        "PEM" => {
            config.set("ssl.certificate.location", *location).set("ssl.key.location", *location);
        }
        "PKCS12" => {
            config.set("ssl.keystore.location", *location);
            config.set("ssl.keystore.password", java.get("ssl.keystore.password").copied().unwrap_or_default());
        }
        _ => {
            let how = format!(
                "a {kind} key store cannot be read: run `keytool -importkeystore -srckeystore {location} -destkeystore key.p12 \
                 -deststoretype PKCS12` and set ssl.keystore.type=PKCS12 and ssl.keystore.location to that file"
            );
            return Err(wrong("ssl.keystore.type", kind, &how));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::apply;

    #[test]
    fn sasl_and_pem_are_mapped_and_jks_is_refused_with_the_remedy() {
        let mut java = BTreeMap::from([
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.jaas.config", "X required username=\"u\" password=\"p\";"),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.truststore.type", "PEM"),
        ]);
        let mut config = rdkafka::ClientConfig::new();
        apply(&java, &mut config).unwrap();
        assert_eq!((config.get("sasl.username"), config.get("ssl.ca.location")), (Some("u"), Some("/ca.pem")));
        java.insert("ssl.truststore.type", "JKS");
        let error = apply(&java, &mut config).unwrap_err().to_string();
        assert!(error.contains("keytool") && error.contains("ssl.truststore.type"), "{error}");
    }
}
