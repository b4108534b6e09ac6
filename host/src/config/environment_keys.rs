//! A worker's keys from environment variables, named as the common container images of Kafka Connect name them: `CONNECT_GROUP_ID` is
//! `group.id`. Pure.

use super::Props;

const PREFIX: &str = "CONNECT_";
/// What those images read that is no key of a worker: settings of Log4j, and of their own start.
const NOT_OURS: [&str; 2] = ["log4j.", "tools."];
/// Kubernetes adds these for a service that is called `connect`.
const OF_KUBERNETES: [&str; 4] = ["port", "port.", "service.host", "service.port."];

/// The keys that the variables name. An underscore is a dot, two are one underscore, three a hyphen.
pub fn keys(variables: impl IntoIterator<Item = (String, String)>) -> Props {
    let mut keys = Props::new();
    let (mut level, mut port) = (None, None);
    for (name, value) in variables {
        let Some(name) = name.strip_prefix(PREFIX) else { continue };
        let key = key(name);
        match key.as_str() {
            "log4j.root.loglevel" => level = Some(value),
            "rest.port" => port = Some(value),
            _ if NOT_OURS.iter().any(|prefix| key.starts_with(prefix)) || is_of_kubernetes(&key) => {}
            _ => drop(keys.insert(key, value)),
        }
    }
    // What the images' own settings come down to.
    if let Some(level) = level {
        keys.entry("log.level".to_owned()).or_insert_with(|| level.to_lowercase());
    }
    if let Some(port) = port {
        keys.entry("listeners".to_owned()).or_insert_with(|| format!("http://:{port}"));
    }
    keys
}

fn is_of_kubernetes(key: &str) -> bool {
    OF_KUBERNETES.iter().any(|one| key == one.trim_end_matches('.') || one.ends_with('.') && key.starts_with(one))
}

/// A key as the images spell it.
fn key(name: &str) -> String {
    let name = name.to_lowercase();
    // Longer runs first: what is put in their place holds no underscore yet.
    name.replace("___", "-").replace("__", "\u{0}").replace('_', ".").replace('\u{0}', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Vec<(String, String)> {
        keys(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).into_iter().collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn variables_are_keys() {
        let read = of(&[
            ("CONNECT_GROUP_ID", "g"),
            ("CONNECT_PRODUCER_SASL_JAAS_CONFIG", "x y"),
            ("CONNECT_A__B___C", "1"),
            ("PATH", "/bin"),
            ("GROUP_ID", "other"),
        ]);
        assert_eq!(read, [pair("a_b-c", "1"), pair("group.id", "g"), pair("producer.sasl.jaas.config", "x y")]);
    }

    #[test]
    fn what_is_no_key_of_a_worker_is_left_out() {
        let read = of(&[
            ("CONNECT_PORT", "tcp://10.0.0.1:8083"),
            ("CONNECT_PORT_8083_TCP_ADDR", "10.0.0.1"),
            ("CONNECT_SERVICE_HOST", "10.0.0.1"),
            ("CONNECT_SERVICE_PORT_HTTP", "8083"),
            ("CONNECT_LOG4J_LOGGERS", "org.reflections=ERROR"),
        ]);
        assert_eq!(read, []);
    }

    #[test]
    fn settings_of_the_images_are_read_as_what_they_come_down_to() {
        let read = of(&[("CONNECT_REST_PORT", "8084"), ("CONNECT_LOG4J_ROOT_LOGLEVEL", "WARN")]);
        assert_eq!(read, [pair("listeners", "http://:8084"), pair("log.level", "warn")]);
        assert_eq!(of(&[("CONNECT_REST_PORT", "1"), ("CONNECT_LISTENERS", "http://:2")]), [pair("listeners", "http://:2")]);
    }
}
