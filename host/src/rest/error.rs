//! Failures, as the REST API tells them (Kafka: `ConnectExceptionMapper`).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::herder::error::HerderError;

/// A failed request: a status and `{"error_code", "message"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RestError {
    status: StatusCode,
    message: String,
    /// Answers that Kafka Connect's HTTP framework makes have no Content-Type.
    typed: bool,
    /// The worker to ask instead.
    elsewhere: Option<Elsewhere>,
}

/// Marks an answer that is not to be given: the request goes to another worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Its URL; none: it is not known.
    pub(super) url: Option<String>,
}

impl RestError {
    /// A failure of a resource.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), typed: true, elsewhere: None }
    }

    /// A failure before any resource was reached: `HTTP 405 Method Not Allowed`.
    pub(super) fn http(status: StatusCode) -> Self {
        let message = format!("HTTP {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        Self { status, message, typed: false, elsewhere: None }
    }

    /// The request's body cannot be used; like Kafka Connect this answers 500.
    pub(super) fn body(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }
}

impl From<HerderError> for RestError {
    fn from(error: HerderError) -> Self {
        let status = match &error {
            HerderError::NotFound(_) => StatusCode::NOT_FOUND,
            HerderError::AlreadyExists(_) | HerderError::Conflict(_) => StatusCode::CONFLICT,
            HerderError::Unsigned { status, .. } => StatusCode::from_u16(*status).unwrap_or(StatusCode::FORBIDDEN),
            HerderError::Elsewhere { url, .. } => {
                let elsewhere = Some(Elsewhere { url: url.clone() });
                return Self { elsewhere, ..Self::new(StatusCode::CONFLICT, error.to_string()) };
            }
            HerderError::BadRequest(_) => StatusCode::BAD_REQUEST,
            HerderError::Forbidden(_) => StatusCode::FORBIDDEN,
            HerderError::Config(_) | HerderError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let body = json!({"error_code": self.status.as_u16(), "message": self.message}).to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        match self.typed {
            true => headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json")),
            false => headers.remove(header::CONTENT_TYPE),
        };
        if let Some(elsewhere) = self.elsewhere {
            response.extensions_mut().insert(elsewhere);
        }
        response
    }
}
