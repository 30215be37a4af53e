//! YAML as it is written: few forms, each of which YAML 1.1 and 1.2 read alike.
//!
//! A text that another reader could take for something else is quoted. `$` and `{{` are written so that neither
//! variables nor templates are seen in them.

use std::fmt::Display;

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// Written as it is: a number, `true`, `null`.
    Bare(String),
    Text(String),
    List(Vec<Out>),
    /// `["r1:eth1", "r2:eth1"]`
    Line(Vec<String>),
    Map(Vec<(String, Out)>),
}

impl Out {
    pub fn word(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub fn number(number: impl Display) -> Self {
        Self::Bare(format!("{number}"))
    }

    pub fn words<'w>(words: impl IntoIterator<Item = &'w String>) -> Self {
        Self::List(words.into_iter().map(|word| Self::word(word)).collect())
    }

    pub fn texts<'w>(texts: impl IntoIterator<Item = (&'w String, &'w String)>) -> Self {
        let entry = |(key, value): (&'w String, &'w String)| (key.clone(), Self::word(value));
        Self::Map(texts.into_iter().map(entry).collect())
    }

    pub fn of_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Bare("null".into()),
            Value::Bool(flag) => Self::Bare(flag.to_string()),
            Value::Number(number) => Self::Bare(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(list) => Self::List(list.iter().map(Self::of_json).collect()),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| (key.clone(), Self::of_json(value));
                Self::Map(map.iter().map(entry).collect())
            }
        }
    }

    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.put(0, &mut text);
        text
    }

    /// A value on lines of its own, this far from the edge.
    fn put(&self, indent: usize, text: &mut String) {
        let edge = " ".repeat(indent);
        match self {
            Self::Map(entries) => {
                for (key, value) in entries {
                    text.push_str(&edge);
                    text.push_str(&quoted(key));
                    text.push(':');
                    value.put_after(indent + 2, text);
                }
            }
            Self::List(members) => {
                for member in members {
                    text.push_str(&edge);
                    text.push('-');
                    match member {
                        Self::Map(entries) if !entries.is_empty() => {
                            let mut inner = String::new();
                            member.put(indent + 2, &mut inner);
                            text.push(' ');
                            text.push_str(inner.trim_start());
                        }
                        _ => member.put_after(indent + 2, text),
                    }
                }
            }
            Self::Bare(_) | Self::Text(_) | Self::Line(_) => self.put_after(indent, text),
        }
    }

    /// A value behind its key or dash.
    fn put_after(&self, indent: usize, text: &mut String) {
        match self {
            Self::Bare(word) => *text += &[" ", word, "\n"].concat(),
            Self::Text(word) => *text += &[" ", &quoted(word), "\n"].concat(),
            Self::Line(words) => {
                let words: Vec<String> = words.iter().map(|word| in_quotes(word)).collect();
                *text += &[" [", &words.join(", "), "]\n"].concat();
            }
            Self::List(members) if members.is_empty() => text.push_str(" []\n"),
            Self::Map(entries) if entries.is_empty() => text.push_str(" {}\n"),
            Self::List(_) | Self::Map(_) => {
                text.push('\n');
                self.put(indent, text);
            }
        }
    }
}

/// As it is when nobody could take it for anything but a text.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '@');
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    if starts && text.chars().all(plain) && !is_something_else(text) {
        return text.to_owned();
    }
    in_quotes(text)
}

fn is_something_else(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    matches!(
        word.as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "nan" | "inf"
    )
}

fn in_quotes(text: &str) -> String {
    let mut out = String::from("\"");
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' => out.push_str("$$"),
            '{' if before == '{' => out.push_str("\\x7b"),
            c if model::words::is_odd(c) => {
                let written = match u32::from(c) {
                    code @ ..=0xffff => format!("\\u{code:04x}"),
                    code => format!("\\U{code:08x}"),
                };
                out.push_str(&written);
            }
            c => out.push(c),
        }
        before = c;
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::containerlab::variables::put_in;
    use crate::yaml::{LineMap, parse};

    #[test]
    fn what_is_written_is_what_is_read() {
        let texts = [
            "",
            " ",
            "a",
            "no",
            "5",
            "0x1",
            "1e3",
            "~",
            "null",
            "a: b",
            "- a",
            "#",
            "a #b",
            "{{ x }}",
            "{{{{",
            "$HOME",
            "$$",
            "${X:-y}",
            "a\nb\n",
            "\t",
            "\"'\\",
            "ä\u{2028}\u{feff}\u{85}\u{e0001}",
            "[a]",
            "*a",
            "&a",
            "!x",
            "%",
            "@",
            "`",
            "a:",
            "<<",
            "\u{7f}",
            "1:2",
            "2001:db8::1",
            "=",
            "?",
        ];
        let list: Vec<Out> = texts.iter().map(|text| Out::word(text)).collect();
        let keys: Vec<(String, Out)> = texts
            .iter()
            .map(|text| ((*text).to_owned(), Out::Bare("1".into())))
            .collect();
        let line = Out::Line(texts.iter().map(|text| (*text).to_owned()).collect());
        let whole = Out::Map(vec![
            ("list".into(), Out::List(list)),
            ("keys".into(), Out::Map(keys)),
            ("line".into(), line),
            ("none".into(), Out::List(Vec::new())),
        ]);
        let text = whole.to_text();
        assert!(!text.contains("{{"), "{text}");
        let text = put_in(&text, &BTreeMap::new()).unwrap();
        assert!(text.unset.is_empty(), "{:?}", text.unset);
        let (tree, _) = parse(&text.whole, &LineMap::default()).unwrap();
        let read = |key: &str| -> Vec<&str> {
            let list = tree.root().get(key).unwrap().children();
            list.map(|node| node.text().unwrap()).collect()
        };
        assert_eq!(
            (read("list"), read("line")),
            (texts.to_vec(), texts.to_vec())
        );
        let keys = tree.root().get("keys").unwrap().children();
        assert_eq!(keys.map(crate::yaml::Node::key).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn lists_of_maps_are_written_as_people_write_them() {
        let inner = Out::Map(vec![
            ("a".into(), Out::number(1)),
            ("b".into(), Out::word("x")),
        ]);
        let whole = Out::Map(vec![("list".into(), Out::List(vec![inner]))]);
        assert_eq!(whole.to_text(), "list:\n  - a: 1\n    b: x\n");
    }
}
