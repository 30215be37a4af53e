//! The web client, inside the binary: files of `web/dist`, and `index.html` for every other path, so
//! that a reload of a deep link works. A build without the client serves a page that says so.

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

/// Names with a hash in them never change their contents.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

const WITHOUT_CLIENT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>nova-ve</title><h1>nova-ve</h1><p>This server was built without its web client. Build the \
client with <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, then build the \
server again. The API is described at <a href=\"/api/docs\">/api/docs</a>.</p></html>";

pub fn router() -> Router {
    Router::new().fallback(serve).layer(CompressionLayer::new())
}

async fn serve(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let refusal = crate::http::fallback::wrong_method(method).await;
        return ([(header::ALLOW, "GET, HEAD")], refusal).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match Files::get(path) {
        Some(file) if !path.is_empty() => serve_file(path, file),
        // A hashed file of an older build: the page must not come in its place.
        None if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        Some(_) | None => match Files::get("index.html") {
            Some(index) => serve_file("index.html", index),
            None => Html(WITHOUT_CLIENT).into_response(),
        },
    }
}

fn serve_file(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("assets/") {
        FOR_EVER
    } else {
        ASK_AGAIN
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(kind_of(path)),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, file.data).into_response()
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}
