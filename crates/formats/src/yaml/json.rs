//! A value of the file as JSON, for keys that are kept as they are.

use serde_json::Value as Json;

use super::{Node, Value};

impl Node<'_> {
    pub fn to_json(self) -> Json {
        match self.value() {
            Value::Scalar { text, plain: true } => of_plain(text),
            Value::Scalar { text, .. } => Json::String(text.to_string()),
            Value::List(_) => self.children().map(Node::to_json).collect(),
            Value::Map(_) => {
                let entries = self.children();
                Json::Object(
                    entries
                        .map(|child| (child.key().to_owned(), child.to_json()))
                        .collect(),
                )
            }
            Value::Alias(_) => unreachable!("an alias is followed"),
        }
    }
}

/// A number is one only when it is written as JSON writes it: `022` and `1.10` stay texts.
fn of_plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    let number: Option<serde_json::Number> = text.parse().ok();
    number
        .filter(|number| number.to_string() == text)
        .map_or_else(|| Json::String(text.to_owned()), Json::Number)
}
