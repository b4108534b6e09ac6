//! Users and passwords: Kafka's `BasicAuthSecurityRestExtension` with its `PropertyFileLoginModule`, as part of the worker.
//!
//! As for the JVM's worker the JAAS file is named by the system property `java.security.auth.login.config` in `KAFKA_OPTS`.

use std::path::Path;

use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::config::value::ConfigError;
use crate::config::worker::WorkerConfig;
use crate::config::{Props, jaas, properties};

/// The worker's key that asks for it.
const EXTENSIONS: &str = "rest.extension.classes";
/// Its class in Kafka.
const CLASS: &str = "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension";
/// The entry of the JAAS file that counts.
const ENTRY: &str = "KafkaConnect";
/// How a JVM is told of the file.
const SYSTEM_PROPERTY: &str = "-Djava.security.auth.login.config=";
/// The environment variables in which Kafka's scripts and JVMs look for system properties.
const VARIABLES: [&str; 3] = ["KAFKA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"];

/// Who may use the API.
#[derive(Debug)]
pub(super) struct BasicAuth {
    passwords: Props,
}

/// What is thought of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is carried out.
    Allowed,
    /// Its user or password is wrong, or there is none.
    Refused,
    /// Its user and password cannot be read.
    Unreadable(String),
}

impl BasicAuth {
    /// What the worker's properties ask for; none: anybody may use the API.
    ///
    /// # Errors
    /// Another extension, or a JAAS file or file of passwords that is missing or of no use: rather none than an API open to all.
    pub(super) fn of_worker(config: &WorkerConfig) -> Result<Option<Self>, ConfigError> {
        let named = config.list(EXTENSIONS);
        let simple = |class: &str| class.rsplit('.').next().map(str::to_owned);
        if let Some(other) = named.iter().find(|class| simple(class) != simple(CLASS)) {
            let why = format!("extensions are Java classes; {CLASS} alone is built in. Remove it from {EXTENSIONS}");
            return Err(ConfigError::invalid(EXTENSIONS, other, why));
        }
        if named.is_empty() {
            return Ok(None);
        }
        let options = VARIABLES.iter().filter_map(|name| std::env::var(name).ok());
        let files = options.filter_map(|text| {
            let found = text.split_whitespace().find_map(|option| option.strip_prefix(SYSTEM_PROPERTY));
            found.map(|file| file.trim_matches(['"', '\'']).to_owned())
        });
        let Some(file) = files.into_iter().next() else {
            let why = format!("it needs a JAAS file: set the environment variable KAFKA_OPTS={SYSTEM_PROPERTY}FILE");
            return Err(ConfigError::invalid(EXTENSIONS, CLASS, why));
        };
        Self::of_jaas_file(Path::new(&file)).map(Some)
    }

    fn of_jaas_file(path: &Path) -> Result<Self, ConfigError> {
        let wrong = |why: String| ConfigError(format!("JAAS file {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let entry = jaas::entry(&text, ENTRY).ok_or_else(|| wrong(format!("there is no entry {ENTRY} {{ … }};")))?;
        let module = entry.split_whitespace().next().unwrap_or_default();
        if module.rsplit('.').next() != Some("PropertyFileLoginModule") {
            return Err(wrong(format!("{ENTRY}: {module}: PropertyFileLoginModule alone is built in")));
        }
        let file = jaas::option(&entry, "file").ok_or_else(|| wrong(format!("{ENTRY}: file=\"…\" is missing")))?;
        let passwords = properties::load(Path::new(&file)).map_err(|error| wrong(error.to_string()))?;
        if passwords.is_empty() {
            return Err(wrong(format!("{file} names no user")));
        }
        Ok(Self { passwords })
    }

    /// Judges a request by its `Authorization`. What workers send each other is signed instead, and passes.
    pub(super) fn judge(&self, method: &Method, path: &str, headers: &HeaderMap) -> Verdict {
        if is_internal(method, path) {
            return Verdict::Allowed;
        }
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some((scheme, encoded)) = given.split_once(' ') else { return Verdict::Refused };
        if !scheme.eq_ignore_ascii_case("basic") {
            return Verdict::Refused;
        }
        let decoded = match STANDARD.decode(encoded) {
            Ok(decoded) => String::from_utf8_lossy(&decoded).into_owned(),
            Err(base64::DecodeError::InvalidByte(_, byte)) => {
                return Verdict::Unreadable(format!("Illegal base64 character {byte:x}"));
            }
            Err(error) => return Verdict::Unreadable(error.to_string()),
        };
        match decoded.split_once(':') {
            Some((user, password)) if self.passwords.get(user).is_some_and(|known| equal(known, password)) => Verdict::Allowed,
            _ => Verdict::Refused,
        }
    }
}

/// Whether two passwords are equal. Digests are compared, so that the time it takes tells nothing of where they differ.
fn equal(known: &str, given: &str) -> bool {
    Sha256::digest(known) == Sha256::digest(given)
}

/// `POST /connectors/{c}/tasks` and `PUT /connectors/{c}/fence`.
fn is_internal(method: &Method, path: &str) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    matches!((method.as_str(), parts.as_slice()), ("POST", ["connectors", _, "tasks"]) | ("PUT", ["connectors", _, "fence"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth() -> BasicAuth {
        let folder = tempfile::tempdir().unwrap();
        let (users, jaas) = (folder.path().join("users"), folder.path().join("jaas"));
        std::fs::write(&users, "alice=secret\nbob: b:ob\n").unwrap();
        let module = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
        std::fs::write(&jaas, format!("KafkaConnect {{ {module} required file=\"{}\"; }};", users.display())).unwrap();
        BasicAuth::of_jaas_file(&jaas).unwrap()
    }

    #[test]
    fn users_are_known_by_their_passwords() {
        let auth = auth();
        let of =
            |text: &str| auth.judge(&Method::GET, "/", &HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())]));
        let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!((of(&encoded("alice:secret")), of(&encoded("bob:b:ob"))), (Verdict::Allowed, Verdict::Allowed));
        for refused in [encoded("alice:wrong"), encoded("alice:"), encoded("alice"), encoded("eve:secret"), "Bearer x".into()] {
            assert_eq!(of(&refused), Verdict::Refused, "{refused}");
        }
        assert_eq!(of("Basic !!!"), Verdict::Unreadable("Illegal base64 character 21".to_owned()));
    }

    #[test]
    fn only_what_workers_send_each_other_needs_no_password() {
        let judge = |method, path| auth().judge(&method, path, &HeaderMap::new());
        assert_eq!(judge(Method::POST, "/connectors/x/tasks"), Verdict::Allowed);
        assert_eq!(judge(Method::PUT, "/connectors/x/fence"), Verdict::Allowed);
        assert_eq!(judge(Method::GET, "/connectors/x/tasks"), Verdict::Refused);
        assert_eq!(judge(Method::POST, "/connectors/x/tasks/0/restart"), Verdict::Refused);
    }

    #[test]
    fn a_file_of_no_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jaas");
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            BasicAuth::of_jaas_file(&path).unwrap_err().0
        };
        assert!(error("Other {};").contains("there is no entry KafkaConnect"));
        assert!(error("KafkaConnect { a.LdapLoginModule required; };").contains("PropertyFileLoginModule alone"));
        assert!(error("KafkaConnect { a.PropertyFileLoginModule required; };").contains("file=\"…\" is missing"));
    }
}
