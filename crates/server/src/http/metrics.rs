//! `GET /api/metrics`: figures for Prometheus. No operation of the API: who may not read it finds
//! nothing there, and the document does not name it. docs/operations/metrics.md does.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};

use super::fallback;
use crate::app::App;
use crate::error::Error;
use crate::metrics::{CONTENT_TYPE, Metrics};

pub async fn page(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    if !app.config.metrics.admit(peer.ip(), &headers) {
        return Err(fallback::unknown_operation(method, uri).await);
    }
    let page = Metrics::page(&app).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response())
}
