//! A request for each operation of the document with nothing wrong but, perhaps, the caller.

use serde_json::{Value, json};

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// The statuses below 400 that the document tells of.
    pub good: Vec<u16>,
}

/// What the places in paths stand for.
#[derive(Debug, Clone)]
pub struct Target {
    pub lab: String,
    pub job: String,
    /// A user's name.
    pub user: String,
    pub session: String,
    pub token: String,
    /// Makes names that were never used.
    pub number: u32,
}

pub fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&server::http::openapi::text()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| Operation {
                id: operation["operationId"].as_str().unwrap().into(),
                method: method.to_uppercase(),
                path: path.clone(),
                good: good(operation),
            })
    });
    all.collect()
}

fn good(operation: &Value) -> Vec<u16> {
    let responses = operation["responses"].as_object().unwrap();
    let statuses = responses.keys().filter_map(|status| status.parse().ok());
    statuses.filter(|status| *status < 400).collect()
}

/// A body that the operation takes.
fn body_for(id: &str, target: &Target) -> Option<Value> {
    let end = json!({ "interface": { "node": 1, "interface": 0 } });
    let (number, password) = (target.number, crate::app::PASSWORD);
    Some(match id {
        "create_session" => json!({ "username": "ada", "password": password }),
        "create_user" => {
            json!({ "username": format!("new{number}"), "password": password, "role": "member" })
        }
        "set_role" => json!({ "role": "member" }),
        "set_password" => json!({ "password": password }),
        "create_token" => json!({ "name": format!("new{number}") }),
        "set_share" => json!({ "right": "view" }),
        "allow_asks" => json!({ "items": [] }),
        "read_lab_file" => {
            json!({ "file_name": "a.clab.yml", "text": "name: a\ntopology: {nodes: {r1: {kind: linux, image: a}}}" })
        }
        "pull_image" => json!({ "name": "alpine" }),
        "prune_images" => json!({ "dry_run": true }),
        "create_lab" | "create_network" | "replace_network" => json!({ "name": "x" }),
        "import_lab" => json!({ "lab": { "schema": 1, "id": uuid::Uuid::nil(), "name": "x" } }),
        "create_edit" => json!({ "edit": { "edit": "set_lab", "name": "x" } }),
        "create_node" => json!({ "template": "host" }),
        "create_link" | "replace_link" => json!({ "a": end, "b": { "network": 1 } }),
        "replace_node" => json!({ "name": "x", "kind": "netns", "settings": {} }),
        "exec_in_node" => json!({ "argv": ["true"] }),
        _ => return None,
    })
}

/// Whether the operation opens a WebSocket.
pub fn is_socket(id: &str) -> bool {
    [
        "watch_events",
        "open_console",
        "open_port",
        "stream_exec_in_node",
    ]
    .contains(&id)
}

pub fn request(url: &str, operation: &Operation, target: &Target) -> reqwest::RequestBuilder {
    let path = ["{node}", "{network}", "{link}"]
        .iter()
        .fold(operation.path.clone(), |path, part| path.replace(part, "1"))
        .replace("{lab}", &target.lab)
        .replace("{job}", &target.job)
        .replace("{user}", &target.user)
        .replace("{session}", &target.session)
        .replace("{token}", &target.token)
        .replace("{console}", "shell")
        .replace("{port}", "80")
        .replace("{name}", "ospf-triangle");
    assert!(!path.contains('{'), "nothing stands for a place in {path}");
    let method = operation.method.parse().unwrap();
    let request = reqwest::Client::new()
        .request(method, format!("{url}{path}"))
        .header("if-match", "*");
    let request = match operation.id.as_str() {
        "get_files" | "put_files" => request.query(&[("path", "/root")]),
        "remove_image" => request.query(&[("name", "nova-ve/host")]),
        "watch_events" => request.query(&[("lab", &target.lab)]),
        _ => request,
    };
    let request = if is_socket(&operation.id) {
        request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    } else {
        request
    };
    match body_for(&operation.id, target) {
        Some(body) => request.json(&body),
        None => request,
    }
}
