//! `/api/docs`: the document as a page to read, made by us, without anything from elsewhere.

use axum::http::header;
use axum::response::{IntoResponse, Response};

pub async fn page() -> Response {
    serve("text/html; charset=utf-8", include_str!("page.html"))
}

pub async fn style() -> Response {
    serve("text/css; charset=utf-8", include_str!("docs.css"))
}

pub async fn script() -> Response {
    serve("text/javascript; charset=utf-8", include_str!("docs.js"))
}

fn serve(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
