//! Headers that the worker's operator wants in every answer: `response.http.headers.config` (KIP-577).

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::value::ConfigError;

/// The key, for errors.
const KEY: &str = "response.http.headers.config";

/// Rules for headers, in order.
#[derive(Debug)]
pub(super) struct ResponseHeaders(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// In place of a header of that name, not beside it.
    replaces: bool,
    name: HeaderName,
    value: RuleValue,
}

#[derive(Debug)]
enum RuleValue {
    Text(HeaderValue),
    /// A moment that many milliseconds from now.
    Later(u64),
}

impl ResponseHeaders {
    /// Reads a comma separated list of `[set|add|setDate|addDate] name: value`; a rule that holds a comma is quoted.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        rules(text).iter().map(|rule| Self::rule(rule)).collect::<Result<_, _>>().map(Self)
    }

    fn rule(rule: &str) -> Result<Rule, ConfigError> {
        let wrong = |why: String| ConfigError::invalid(KEY, rule, why);
        let (action, header) = rule.split_once(char::is_whitespace).ok_or_else(|| {
            wrong(format!("Invalid format of header config '{rule}'. Expected: '[action] [header name]:[header value]'"))
        })?;
        let (replaces, is_date) = match action.to_ascii_lowercase().as_str() {
            "set" => (true, false),
            "add" => (false, false),
            "setdate" => (true, true),
            "adddate" => (false, true),
            _ => {
                let known = "[set, add, setDate, addDate]";
                return Err(wrong(format!("Invalid header config action: '{action}'. Expected one of {known}")));
            }
        };
        let (name, value) = header.split_once(':').ok_or_else(|| {
            let expected = "Expected: '[header name]:[header value]'";
            wrong(format!("Invalid format of header name and header value pair '{}'. {expected}", header.trim()))
        })?;
        let (name, value) = (name.trim(), value.trim());
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong(format!("Invalid header name '{name}'. The '[header name]' cannot contain whitespace")))?;
        let value = match is_date {
            true => RuleValue::Later(value.parse().map_err(|_| wrong("a date is milliseconds from now".to_owned()))?),
            false => RuleValue::Text(HeaderValue::from_str(value).map_err(|error| wrong(error.to_string()))?),
        };
        Ok(Rule { replaces, name, value })
    }

    /// Adds the headers; what the answer itself says of a header counts more.
    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        let own = headers.clone();
        for rule in self.0.iter().filter(|rule| !rule.replaces || !own.contains_key(&rule.name)) {
            let Some(value) = rule.value.now() else { continue };
            if rule.replaces {
                headers.insert(rule.name.clone(), value);
            } else {
                headers.append(rule.name.clone(), value);
            }
        }
    }
}

impl RuleValue {
    fn now(&self) -> Option<HeaderValue> {
        match self {
            Self::Text(value) => Some(value.clone()),
            Self::Later(millis) => {
                let moment = SystemTime::now().checked_add(Duration::from_millis(*millis))?;
                HeaderValue::from_str(&httpdate::fmt_http_date(moment)).ok()
            }
        }
    }
}

/// The rules, split at commas outside of quotes, without their quotes.
fn rules(text: &str) -> Vec<String> {
    let mut rules = vec![String::new()];
    let mut quoted = false;
    for char in text.chars() {
        match char {
            '"' => quoted = !quoted,
            ',' if !quoted => rules.push(String::new()),
            _ => rules.last_mut().into_iter().for_each(|rule| rule.push(char)),
        }
    }
    rules.iter().map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_carried_out_in_order() {
        let text = r#"add Cache-Control: no-cache, set X-Frame-Options: DENY, "add Vary: a, b", setDate Expires: 3600000"#;
        let mut headers = HeaderMap::new();
        headers.insert("vary", "Origin".parse().unwrap());
        ResponseHeaders::parse(text).unwrap().apply(&mut headers);
        let all = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!((all("cache-control"), all("x-frame-options")), (vec!["no-cache"], vec!["DENY"]));
        assert_eq!(all("vary"), ["Origin", "a, b"]);
        let expires = httpdate::parse_http_date(all("expires")[0]).unwrap();
        assert!(expires > SystemTime::now() + Duration::from_secs(3500));
    }

    #[test]
    fn wrong_rules_are_told_in_kafkas_words() {
        let error = |text| ResponseHeaders::parse(text).unwrap_err().0;
        assert!(error("set").contains("Expected: '[action] [header name]:[header value]'"));
        assert!(error("put a: b").contains("Expected one of [set, add, setDate, addDate]"));
        assert!(error("set a b").contains("Expected: '[header name]:[header value]'"));
        assert!(error("set a b: c").contains("cannot contain whitespace"));
        assert!(ResponseHeaders::parse("").unwrap().0.is_empty());
    }
}
