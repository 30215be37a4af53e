//! What texts may contain. Names travel into terminals, logs and web pages: nothing in them may act.

use super::Found;
use crate::words;

/// A name of one line, for people: `what` is the thing that has it.
pub fn check_title(at: &str, what: &str, name: &str, max_chars: usize, found: &mut Found) {
    let chars = name.chars().count();
    if name.trim().is_empty() {
        found.add(
            at,
            "name_missing",
            format!("{what} has no name; give it one"),
        );
    } else if name.trim() != name {
        found.add(
            at,
            "name_odd",
            "the name begins or ends with a space; take it away",
        );
    }
    if chars > max_chars {
        let message = format!("the name has {chars} characters; at most {max_chars} are possible");
        found.add(at, "name_too_long", message);
    }
    if name.contains(words::is_odd) {
        let message = format!("the name {name:?} has control or hidden characters; take them away");
        found.add(at, "name_odd", message);
    }
}

/// Text of many lines.
pub fn check_prose(at: &str, text: &str, max_bytes: usize, found: &mut Found) {
    found.bytes(at, "the text", text.len(), max_bytes);
    if text
        .chars()
        .any(|c| words::acts(c) && !matches!(c, '\n' | '\r' | '\t'))
    {
        found.add(
            at,
            "text_odd",
            "the text has control characters; take them away",
        );
    }
}

/// A word of ours or of another program: a template, an icon, a kind.
pub fn check_word(at: &str, word: &str, found: &mut Found) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if word.len() > 64 || !word.bytes().all(plain) {
        let message = format!("{word:?} is no word of letters, digits, - _ . (64 at most)");
        found.add(at, "word_odd", message);
    }
}

/// Why this cannot be a host name (also of a node): the kernel and DNS must take it.
pub fn wrong_hostname(name: &str, max: usize) -> Option<&'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let first = name.bytes().next()?;
    if name.len() > max {
        return Some("is longer than 63 characters");
    }
    if !name.bytes().all(plain) {
        return Some("may have letters, digits, and - _ . only");
    }
    (!first.is_ascii_alphanumeric()).then_some("must begin with a letter or a digit")
}

/// Why this cannot name a device inside a node.
pub fn wrong_device_name(name: &str, max: usize) -> Option<&'static str> {
    let taken = |b: u8| !b.is_ascii_graphic() || matches!(b, b'/' | b':' | b'%' | b'"' | b'\\');
    if name.len() > max {
        return Some("is longer than 15 bytes, which the kernel refuses");
    }
    if name.bytes().any(taken) {
        return Some("may not have spaces, / : % \" \\ or letters beyond ASCII");
    }
    match name {
        "" => Some("is empty"),
        "lo" => Some("is the loopback's, which every node has"),
        "." | ".." | "all" | "default" => Some("means something else to the kernel"),
        _ => None,
    }
}
