//! The OpenAPI document: made from the routes, checked in as `openapi.json`, served for everybody.

mod map_keys;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Info, License, OpenApi, Ref, RefOr, ResponseBuilder, SecurityRequirement,
};
use utoipa::{OpenApi as _, ToSchema};

use super::routes::operations;

const INTRODUCTION: &str = "\
Labs of routers, firewalls and hosts on one Linux machine.

Every answer of 400 and above is a problem document (RFC 9457) with a stable `code`. A change of a \
lab names the revision it was made for in `If-Match`. Lists come in pages: pass `next_cursor` as \
`cursor`. Long work answers 202 and a job. A browser is known by its cookie and must send its \
`Origin` with everything that changes something; a program sends the same secret as a bearer token.";

/// Types of WebSocket frames, which no path can name.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(
    api::event::Frame,
    api::node::ExecStart,
    api::node::TerminalEvent,
    api::node::TerminalInput,
)))]
struct Frames;

/// The document before the routes are added.
pub fn base() -> OpenApi {
    let mut document = Frames::openapi();
    document.info = Info::new("nova-ve", "1");
    document.info.description = Some(INTRODUCTION.into());
    document.info.license = Some(License::new("Apache-2.0"));
    document
}

/// The document of every operation.
pub fn document() -> OpenApi {
    let mut document = operations(None).into_openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "session",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    let mut schemas = Vec::new();
    api::ApiError::schemas(&mut schemas);
    schemas.push((
        "ApiError".into(),
        <api::ApiError as utoipa::PartialSchema>::schema(),
    ));
    components.schemas.extend(schemas);
    components
        .schemas
        .values_mut()
        .for_each(map_keys::are_digits);
    document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
        "session",
        [],
    )]);
    for item in document.paths.paths.values_mut() {
        for operation in operations_of(item) {
            say_how_it_fails(operation);
        }
    }
    document
}

/// The document as it is checked in.
pub fn text() -> String {
    let mut text = document()
        .to_pretty_json()
        .expect("the document serializes");
    text.push('\n');
    text
}

pub async fn serve() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (headers, include_str!("../../openapi.json")).into_response()
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

/// Every operation answers the same kind of document when it refuses.
fn say_how_it_fails(operation: &mut Operation) {
    let problem = || {
        let schema = RefOr::Ref(Ref::from_schema_name("ApiError"));
        ContentBuilder::new().schema(Some(schema)).build()
    };
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && (status.starts_with('4') || status.starts_with('5'))
            && response.content.is_empty()
        {
            response
                .content
                .insert("application/problem+json".into(), RefOr::T(problem()));
        }
    }
    let default = ResponseBuilder::new()
        .description("It was refused; `code` and `title` say why")
        .content("application/problem+json", problem());
    let responses = &mut operation.responses.responses;
    responses.insert("default".into(), RefOr::T(default.build()));
}
