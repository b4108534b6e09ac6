//! What a configuration says of a registry.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Uri, header};
use percent_encoding::percent_decode_str;
use rustls::ClientConfig;

use crate::config::value::{ConfigError, Value};
use crate::config::{Props, definition, jaas, with_prefix};
use crate::net::tls;

use super::keys;

/// A registry's settings.
pub struct Settings {
    /// Where it answers, the first to be asked first.
    pub endpoints: Vec<Endpoint>,
    /// Sent with every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// For https.
    pub tls: Option<Arc<ClientConfig>>,
    /// For connecting, the handshake included.
    pub connect_timeout: Duration,
    /// From the request to the end of its answer.
    pub read_timeout: Duration,
    /// How often a request is repeated.
    pub max_retries: usize,
    /// Before the first repetition.
    pub wait: Duration,
    /// Before any.
    pub max_wait: Duration,
    /// How many schemas are remembered.
    pub schemas: usize,
    /// How many newest versions are remembered.
    pub latest: usize,
    /// For how long; none: for good.
    pub latest_time: Option<Duration>,
}

/// One URL of a registry.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// By https.
    pub secure: bool,
    /// Name or number, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Stands before every path; without a slash at its end.
    pub path: String,
    /// Of that URL alone.
    pub authorization: Option<HeaderValue>,
}

impl Settings {
    /// Reads the keys of [`keys::of_registry`].
    ///
    /// # Errors
    /// A key that is missing or wrong.
    pub(super) fn read(props: &Props) -> Result<Self, ConfigError> {
        let reader = Reader { props };
        if reader.text(keys::PROXY_HOST).is_some() {
            let why = "a registry is not reached through a proxy here: name the registry itself, or leave the key out";
            return Err(ConfigError(format!("{}: {why}", keys::PROXY_HOST)));
        }
        let from_url = reader.text(keys::BASIC_AUTH_SOURCE).unwrap_or("URL") == "URL";
        let mut headers = reader.headers()?;
        headers.extend(reader.authorization()?);
        let endpoints = reader.endpoints(from_url)?;
        let secure = endpoints.iter().any(|endpoint| endpoint.secure);
        let time_to_live = reader.number(keys::LATEST_CACHE_TTL, -1)?;
        Ok(Self {
            endpoints,
            headers,
            tls: secure.then(|| tls::client_config(props)).transpose()?,
            connect_timeout: reader.millis(keys::CONNECT_TIMEOUT, 60_000)?,
            read_timeout: reader.millis(keys::READ_TIMEOUT, 60_000)?,
            max_retries: reader.count(keys::MAX_RETRIES, 3)?,
            wait: reader.millis(keys::RETRIES_WAIT, 1_000)?,
            max_wait: reader.millis(keys::RETRIES_MAX_WAIT, 20_000)?,
            schemas: reader.count(keys::MAX_SCHEMAS, 1_000)?,
            latest: reader.count(keys::LATEST_CACHE_SIZE, 1_000)?,
            latest_time: u64::try_from(time_to_live).ok().map(Duration::from_secs),
        })
    }
}

struct Reader<'a> {
    props: &'a Props,
}

impl<'a> Reader<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.props.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn number(&self, key: &str, default: i64) -> Result<i64, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        match Value::parse(key, text, definition::Type::Int)? {
            Value::Integer(number) => Ok(number),
            _ => Ok(default),
        }
    }

    fn count(&self, key: &str, default: i64) -> Result<usize, ConfigError> {
        let number = self.number(key, default)?;
        usize::try_from(number).map_err(|_| ConfigError::invalid(key, number, "Value must be at least 0"))
    }

    fn millis(&self, key: &str, default: i64) -> Result<Duration, ConfigError> {
        let count = self.count(key, default)?;
        Ok(Duration::from_millis(u64::try_from(count).unwrap_or(u64::MAX)))
    }

    fn endpoints(&self, user_counts: bool) -> Result<Vec<Endpoint>, ConfigError> {
        let urls = self.text(keys::URL).ok_or_else(|| ConfigError::missing(keys::URL))?;
        let urls = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        urls.map(|url| endpoint(url, user_counts)).collect()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
        let mut headers = Vec::new();
        for (name, value) in with_prefix(self.props, keys::HEADERS) {
            let key = format!("{}{name}", keys::HEADERS);
            let wrong = |why: &dyn std::fmt::Display| ConfigError(format!("{key}: {why}"));
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(&error))?;
            headers.push((header, HeaderValue::from_str(value.trim()).map_err(|error| wrong(&error))?));
        }
        Ok(headers)
    }

    /// The headers of authentication that are the same for every URL.
    fn authorization(&self) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
        let mut headers = Vec::new();
        if let Some(user_info) = self.user_info()? {
            headers.push((header::AUTHORIZATION, basic(keys::BASIC_AUTH_USER_INFO, &user_info)?));
        }
        let Some(token) = self.token()? else { return Ok(headers) };
        if !headers.is_empty() {
            let why = format!("either {} or {} can be used, not both", keys::BASIC_AUTH_SOURCE, keys::BEARER_AUTH_SOURCE);
            return Err(ConfigError(why));
        }
        headers.push((header::AUTHORIZATION, secret(keys::BEARER_AUTH_TOKEN, &format!("Bearer {token}"))?));
        let beside = [(keys::BEARER_AUTH_CLUSTER, "target-sr-cluster"), (keys::BEARER_AUTH_POOL, "confluent-identity-pool-id")];
        for (key, name) in beside {
            if let Some(value) = self.text(key) {
                headers.push((HeaderName::from_static(name), secret(key, value)?));
            }
        }
        Ok(headers)
    }

    fn user_info(&self) -> Result<Option<String>, ConfigError> {
        let source = self.text(keys::BASIC_AUTH_SOURCE).unwrap_or("URL");
        match source {
            "URL" => Ok(None),
            "USER_INFO" => {
                let why = format!("{} is to be set with {}=USER_INFO", keys::BASIC_AUTH_USER_INFO, keys::BASIC_AUTH_SOURCE);
                Ok(Some(self.text(keys::BASIC_AUTH_USER_INFO).ok_or(ConfigError(why))?.to_owned()))
            }
            "SASL_INHERIT" => {
                let line = self.text(keys::SASL_JAAS_CONFIG).unwrap_or_default();
                let user = jaas::option(line, "username").zip(jaas::option(line, "password"));
                let why = format!("{} has no username and password for SASL_INHERIT", keys::SASL_JAAS_CONFIG);
                user.map(|(user, password)| Some(format!("{user}:{password}"))).ok_or(ConfigError(why))
            }
            other => Err(ConfigError::invalid(keys::BASIC_AUTH_SOURCE, other, "there are URL, USER_INFO and SASL_INHERIT")),
        }
    }

    fn token(&self) -> Result<Option<&'a str>, ConfigError> {
        match self.text(keys::BEARER_AUTH_SOURCE) {
            None | Some("STATIC_TOKEN") => Ok(self.text(keys::BEARER_AUTH_TOKEN)),
            Some(other) => Err(ConfigError::invalid(
                keys::BEARER_AUTH_SOURCE,
                other,
                "only STATIC_TOKEN, a token in bearer.auth.token, is there",
            )),
        }
    }
}

fn endpoint(url: &str, user_counts: bool) -> Result<Endpoint, ConfigError> {
    // A user in the URL is a secret: it is not shown.
    let shown = keys::without_secrets(&Props::from([(keys::URL.to_owned(), url.to_owned())]));
    let shown = shown.get(keys::URL).map(String::as_str).unwrap_or_default();
    let wrong = |why: &str| ConfigError::invalid(keys::URL, shown, why);
    let uri: Uri = url.parse().map_err(|_| wrong("write http://<host>:<port> or https://<host>:<port>"))?;
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err(wrong("write http://<host>:<port> or https://<host>:<port>")),
    };
    let authority = uri.authority().ok_or_else(|| wrong("there is no host in it"))?;
    let user = authority.as_str().rsplit_once('@').map(|(user, _)| user).filter(|_| user_counts);
    let authorization = match user {
        Some(user) => Some(basic(keys::URL, &percent_decode_str(user).decode_utf8_lossy())?),
        None => None,
    };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Ok(Endpoint { secure, host, port, path: uri.path().trim_end_matches('/').to_owned(), authorization })
}

fn basic(key: &str, user_info: &str) -> Result<HeaderValue, ConfigError> {
    secret(key, &format!("Basic {}", STANDARD.encode(user_info)))
}

fn secret(key: &str, text: &str) -> Result<HeaderValue, ConfigError> {
    let mut value = HeaderValue::from_str(text).map_err(|error| ConfigError(format!("{key}: {error}")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::read(&pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn urls_are_endpoints() {
        let settings = read(&[("schema.registry.url", "http://ann:p%40ss@one/apis/ccompat/v7/, http://[::1]:8081")]).unwrap();
        let [one, two] = settings.endpoints.as_slice() else { panic!("two endpoints") };
        assert_eq!((one.host.as_str(), one.port, one.path.as_str()), ("one", 80, "/apis/ccompat/v7"));
        assert_eq!(one.authorization.as_ref().unwrap(), "Basic YW5uOnBAc3M=");
        assert_eq!((two.host.as_str(), two.port, two.path.as_str()), ("::1", 8081, ""));
        for wrong in ["", "one:8081", "ftp://one", "http://"] {
            assert!(read(&[("schema.registry.url", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn credentials_come_from_where_the_source_says() {
        let url = ("schema.registry.url", "http://bob:x@one");
        let sent = |more: &[(&str, &str)]| {
            let settings = read(&[&[url], more].concat()).unwrap();
            settings.headers.iter().map(|(_, value)| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let user_info = [("basic.auth.credentials.source", "USER_INFO"), ("basic.auth.user.info", "ann:p")];
        assert_eq!(sent(&user_info), ["Basic YW5uOnA="]);
        let line = "PlainLoginModule required username=\"ann\" password=\"p\";";
        assert_eq!(sent(&[("basic.auth.credentials.source", "SASL_INHERIT"), ("sasl.jaas.config", line)]), ["Basic YW5uOnA="]);
        assert_eq!(sent(&[("bearer.auth.token", "t"), ("bearer.auth.logical.cluster", "c")]), ["Bearer t", "c"]);
        assert!(read(&[&[url], user_info.as_slice(), &[("bearer.auth.token", "t")]].concat()).is_err());
        assert!(read(&[url, ("basic.auth.credentials.source", "USER_INFO")]).is_err());
        assert!(read(&[url, ("bearer.auth.credentials.source", "OAUTHBEARER")]).is_err());
    }
}
