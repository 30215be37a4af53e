//! What is no operation: a problem document, never a page of the web client.

use axum::http::{Method, Uri};

use crate::error::Error;

pub async fn unknown_operation(method: Method, uri: Uri) -> Error {
    Error::not_found(format!("operation {method} {}", uri.path()))
}

pub async fn wrong_method(method: Method) -> Error {
    Error::MethodNotAllowed {
        method: method.to_string(),
    }
}
