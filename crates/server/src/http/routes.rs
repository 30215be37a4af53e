//! Every operation of the API, with what stands before it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    acts, asks, audit, configs, docs, drift, edits, events, fallback, images, jobs, labs, links,
    metrics, networks, nodes, openapi, samples, security, session, sessions, shares, system,
    tokens, trace, users, whole,
};
use crate::app::App;
use crate::auth::require_session;
use crate::border::require_own_host;
use crate::extract::{BodyLimit, LIMIT_BYTES};
use crate::spa;

/// The one operation below `/api/v1` for strangers.
fn log_in() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::log_in::create_session))
        .layer(DefaultBodyLimit::max(session::log_in::LIMIT_BYTES))
        .layer(axum::Extension(BodyLimit(session::log_in::LIMIT_BYTES)))
}

/// Operations behind the session guard, without those that have a body limit of their own.
fn guarded() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            session::get::get_session,
            session::log_out::delete_session
        ))
        .routes(routes!(system::get::get_system))
        .routes(routes!(system::templates::list_templates))
        .routes(routes!(samples::list::list_samples))
        .routes(routes!(samples::open::create_lab_from_sample))
        .routes(routes!(jobs::list::list_jobs))
        .routes(routes!(jobs::get::get_job, jobs::cancel::cancel_job))
        .routes(routes!(events::watch::watch_events))
        .routes(routes!(
            images::list::list_images,
            images::remove::remove_image
        ))
        .routes(routes!(images::prune::prune_images))
        .merge(people())
        .merge(lab_routes())
        .merge(thing_routes())
        .merge(node_routes())
}

/// Users and their ways in, and what they did.
fn people() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users::list::list_users, users::create::create_user))
        .routes(routes!(users::get::get_user, users::delete::delete_user))
        .routes(routes!(users::set_role::set_role))
        .routes(routes!(users::set_password::set_password))
        .routes(routes!(users::sessions::end_user_sessions))
        .routes(routes!(sessions::list::list_sessions))
        .routes(routes!(sessions::delete::end_session))
        .routes(routes!(
            tokens::list::list_tokens,
            tokens::create::create_token
        ))
        .routes(routes!(tokens::delete::delete_token))
        .routes(routes!(audit::list::list_audit))
}

/// Labs as wholes, their edits, the acts on them.
fn lab_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(labs::list::list_labs, labs::create::create_lab))
        .routes(routes!(labs::get::get_lab, labs::delete::delete_lab))
        .routes(routes!(labs::export::export_lab))
        .routes(routes!(labs::status::get_lab_status))
        .routes(routes!(labs::images::list_lab_images))
        .routes(routes!(drift::list::list_drift))
        .routes(routes!(drift::repair::repair_drift))
        .routes(routes!(labs::restore::restore_lab))
        .routes(routes!(asks::list::list_asks, asks::put::allow_asks))
        .routes(routes!(shares::list::list_shares))
        .routes(routes!(
            shares::put::set_share,
            shares::delete::delete_share
        ))
        .routes(routes!(edits::list::list_edits, edits::post::create_edit))
        .routes(routes!(edits::undo::undo_edit))
        .routes(routes!(edits::redo::redo_edit))
        .routes(routes!(acts::start::start_lab))
        .routes(routes!(acts::stop::stop_lab))
        .routes(routes!(acts::restart::restart_lab))
        .routes(routes!(acts::wipe::wipe_lab))
}

/// Nodes, networks and links as things of a lab.
fn thing_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(nodes::list::list_nodes, nodes::create::create_node))
        .routes(routes!(
            nodes::get::get_node,
            nodes::replace::replace_node,
            nodes::delete::delete_node
        ))
        .routes(routes!(
            networks::list::list_networks,
            networks::create::create_network
        ))
        .routes(routes!(
            networks::get::get_network,
            networks::replace::replace_network,
            networks::delete::delete_network
        ))
        .routes(routes!(links::list::list_links, links::create::create_link))
        .routes(routes!(
            links::get::get_link,
            links::replace::replace_link,
            links::delete::delete_link
        ))
        .routes(routes!(links::cut::cut_link))
        .routes(routes!(links::heal::heal_link))
}

/// A node's life and its inside.
fn node_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(nodes::act::start::start_node))
        .routes(routes!(nodes::act::stop::stop_node))
        .routes(routes!(nodes::act::restart::restart_node))
        .routes(routes!(nodes::act::wipe::wipe_node))
        .routes(routes!(nodes::exec_stream::stream_exec_in_node))
        .routes(routes!(configs::get::get_config))
        .routes(routes!(configs::save::save_config))
        .routes(routes!(nodes::console::open_console))
        .routes(routes!(nodes::forward::open_port))
        .routes(routes!(nodes::open_in_guacamole::open_in_guacamole))
        .routes(routes!(nodes::logs::read_logs))
}

/// The operations with a larger body: a whole lab.
fn import() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(labs::import::import_lab))
        .routes(routes!(labs::read::read_lab_file))
        .layer(DefaultBodyLimit::max(labs::import::LIMIT_BYTES))
        .layer(axum::Extension(BodyLimit(labs::import::LIMIT_BYTES)))
}

/// Operations that shall end when the client leaves: a command, a transfer.
fn tied_to_client() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new()
        .routes(routes!(
            nodes::get_files::get_files,
            nodes::put_files::put_files
        ))
        .routes(routes!(images::load::load_images))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .routes(routes!(nodes::exec::exec_in_node))
        .routes(routes!(images::pull::pull_image))
        .layer(DefaultBodyLimit::max(LIMIT_BYTES))
        .merge(files)
}

/// All operations: with an app to serve them, without one for the document.
pub fn operations(app: Option<&App>) -> OpenApiRouter<App> {
    let to_its_end = |router: OpenApiRouter<App>| match app {
        Some(app) => router.route_layer(from_fn_with_state(app.clone(), whole::to_its_end)),
        None => router,
    };
    let guard = |router: OpenApiRouter<App>| match app {
        Some(app) => router.route_layer(from_fn_with_state(app.clone(), require_session)),
        None => router,
    };
    let whole = guarded()
        .layer(DefaultBodyLimit::max(LIMIT_BYTES))
        .merge(import());
    let guarded = guard(to_its_end(whole).merge(tied_to_client()));
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(system::health::get_health))
        .nest(api::BASE, guarded.merge(to_its_end(log_in())))
}

/// The whole HTTP side: API, documents, web client.
pub fn router(app: App) -> Router {
    let (router, _) = operations(Some(&app)).split_for_parts();
    router
        .route("/api/openapi.json", get(openapi::serve))
        .route("/api/metrics", get(metrics::page))
        .route("/api/docs", get(docs::page))
        .route("/api/docs/docs.css", get(docs::style))
        .route("/api/docs/docs.js", get(docs::script))
        .route("/api", get(fallback::unknown_operation))
        .route(
            "/api/{*rest}",
            axum::routing::any(fallback::unknown_operation),
        )
        .method_not_allowed_fallback(fallback::wrong_method)
        .fallback_service(spa::router())
        .layer(from_fn_with_state(app.clone(), require_own_host))
        .layer(axum::middleware::from_fn(security::headers))
        .layer(from_fn_with_state(app.clone(), trace::requests))
        .with_state(app)
}
