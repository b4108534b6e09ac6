//! Requests from pages of other origins: `access.control.allow.origin` and `access.control.allow.methods` (Fetch standard, CORS).

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use regex::{Regex, RegexBuilder};

use crate::config::value::ConfigError;
use crate::config::worker::WorkerConfig;

/// What is allowed if `access.control.allow.methods` does not say (Jetty: `CrossOriginHandler`).
const METHODS: &str = "GET,POST,HEAD";
/// How long a browser may keep what it was told, in seconds (Jetty's default).
const MAX_AGE: &str = "60";

/// Which other origins may use the API.
#[derive(Debug)]
pub(super) struct CrossOrigin {
    /// Patterns of whole origins; none: any origin.
    origins: Option<Vec<Regex>>,
    methods: HeaderValue,
}

impl CrossOrigin {
    /// What the worker's properties say; none if they name no origin.
    pub(super) fn of_worker(config: &WorkerConfig) -> Result<Option<Self>, ConfigError> {
        let origins = config.text("access.control.allow.origin").unwrap_or_default();
        let methods = config.text("access.control.allow.methods").filter(|methods| !methods.is_empty()).unwrap_or(METHODS);
        Self::new(origins, methods)
    }

    fn new(origins: &str, methods: &str) -> Result<Option<Self>, ConfigError> {
        let named: Vec<&str> = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
        if named.is_empty() {
            return Ok(None);
        }
        let pattern = |origin: &&str| {
            let whole = RegexBuilder::new(&format!("^(?:{origin})$")).case_insensitive(true).build();
            whole.map_err(|error| ConfigError::invalid("access.control.allow.origin", origin, error))
        };
        let origins = match named.contains(&"*") {
            true => None,
            false => Some(named.iter().map(pattern).collect::<Result<_, _>>()?),
        };
        let header = methods.split(',').map(str::trim).collect::<Vec<_>>().join(",");
        let methods = HeaderValue::from_str(&header);
        let methods = methods.map_err(|error| ConfigError::invalid("access.control.allow.methods", header, error))?;
        Ok(Some(Self { origins, methods }))
    }

    /// The headers that the answer to a request gets on top.
    pub(super) fn headers(&self, method: &Method, request: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(VARY, HeaderValue::from_static("Origin"))]);
        let Some(origin) = request.get(ORIGIN).filter(|origin| self.allows(origin)) else { return headers };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if method == Method::OPTIONS && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type"));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        }
        headers
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().unwrap_or_default();
        self.origins.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.is_match(origin)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origins: &str, method: &Method, origin: &str) -> Vec<(String, String)> {
        let cross_origin = CrossOrigin::new(origins, "GET, PUT").unwrap().unwrap();
        let mut request = HeaderMap::from_iter([(ORIGIN, origin.parse().unwrap())]);
        request.insert(ACCESS_CONTROL_REQUEST_METHOD, "DELETE".parse().unwrap());
        let headers = cross_origin.headers(method, &request);
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    }

    #[test]
    fn origins_are_patterns_and_are_told_back() {
        let told = headers("http://a.example, https://.*[.]b[.]example", &Method::GET, "https://x.b.example");
        assert_eq!(told[1], ("access-control-allow-origin".into(), "https://x.b.example".into()));
        assert_eq!(headers("http://a.example", &Method::GET, "http://a.example.evil").len(), 1);
        assert_eq!(headers("*", &Method::GET, "http://any").len(), 2);
        assert!(CrossOrigin::new(" ", METHODS).unwrap().is_none());
    }

    #[test]
    fn a_browser_that_asks_first_is_told_the_methods() {
        let told = headers("http://a", &Method::OPTIONS, "http://a");
        let wanted = [("access-control-allow-methods", "GET,PUT"), ("access-control-max-age", "60")];
        for (name, value) in wanted {
            assert!(told.contains(&(name.into(), value.into())), "{told:?}");
        }
    }
}
