//! `/etc/frr/daemons`: shell assignments, of which FRR's scripts use the values.
//!
//! Only assignments are read; nothing is expanded or run.

use std::collections::BTreeMap;

/// A daemons file that does not say what to start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaemonsError {
    #[error("line {line} is no assignment like bgpd=yes: {text:?}")]
    Line { line: usize, text: String },
    #[error("a quote in {key} is not closed")]
    Quote { key: String },
    #[error("{key} must be at most 32 different numbers from 1 to 65535, like 1,2")]
    Instances { key: String },
}

/// Names and values; a later assignment wins.
pub fn parse_daemons(text: &str) -> Result<BTreeMap<String, String>, DaemonsError> {
    let mut settings = BTreeMap::new();
    for (index, raw) in text.lines().enumerate() {
        let line = raw.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .filter(|(key, _)| is_name(key))
            .ok_or_else(|| {
                let text = line.chars().take(80).collect();
                DaemonsError::Line {
                    line: index + 1,
                    text,
                }
            })?;
        let words = split_words(value).ok_or_else(|| DaemonsError::Quote { key: key.into() })?;
        settings.insert(key.into(), words.into_iter().next().unwrap_or_default());
    }
    Ok(settings)
}

fn is_name(key: &str) -> bool {
    let first = key.bytes().next();
    first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Words as a shell splits them: quotes, backslashes, comments; `None` when a quote is not closed.
pub fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None | Some(_), _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        let text =
            "# comment\nbgpd=yes # on\n zebra_options=\"  -A 127.0.0.1\"\nexport x='a b'\ny=\n";
        let read = parse_daemons(text).unwrap();
        assert_eq!(read["bgpd"], "yes");
        assert_eq!(read["zebra_options"], "  -A 127.0.0.1");
        assert_eq!(read["x"], "a b");
        assert_eq!(read["y"], "");
    }

    #[test]
    fn what_is_no_assignment_is_named_with_its_line() {
        let error = parse_daemons("bgpd=yes\nif true; then\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 is no assignment like bgpd=yes: \"if true; then\""
        );
        let error = parse_daemons("zebra_options=\"-A 1").unwrap_err();
        assert_eq!(
            error,
            DaemonsError::Quote {
                key: "zebra_options".into()
            }
        );
    }
}
