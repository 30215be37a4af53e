//! The name of an operation, from its method and route: what the audit log calls it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::Method;

/// The document's `operationId`.
pub fn operation_id(method: &Method, route: &str) -> Option<&'static str> {
    static IDS: OnceLock<BTreeMap<(&'static str, String), String>> = OnceLock::new();
    let method = match *method {
        // HEAD is answered by the operation for GET.
        Method::GET | Method::HEAD => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => return None,
    };
    let ids = IDS.get_or_init(all);
    ids.get(&(method, route.to_owned())).map(String::as_str)
}

fn all() -> BTreeMap<(&'static str, String), String> {
    let mut ids = BTreeMap::new();
    for (path, item) in super::document().paths.paths {
        for (method, operation) in [
            ("GET", item.get),
            ("POST", item.post),
            ("PUT", item.put),
            ("DELETE", item.delete),
        ] {
            if let Some(id) = operation.and_then(|operation| operation.operation_id) {
                ids.insert((method, path.clone()), id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_the_names_of_the_document() {
        let of = |method: Method, route| operation_id(&method, route);
        assert_eq!(
            of(Method::POST, "/api/v1/labs/{lab}/start"),
            Some("start_lab")
        );
        assert_eq!(of(Method::HEAD, "/api/v1/labs/{lab}"), Some("get_lab"));
        assert_eq!(of(Method::DELETE, "/api/v1/labs"), None);
    }
}
