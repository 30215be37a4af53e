//! Fields as text in which nobody's name, and no program's output, can pretend to be something else.
//!
//! Control characters, line breaks and marks that turn the direction of writing are shown as escapes.
//! A value with a space, a quote or an equals sign stands in quotes: it can neither begin a line nor
//! pass for another field.

use std::fmt::Debug;

use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

pub(super) fn fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    debug_fn(write_field).delimited(" ")
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> std::fmt::Result {
    // A text comes in quotes and escaped, what is displayed comes as it is.
    let text = format!("{value:?}");
    if field.name() == "message" {
        return write_plain(writer, &text);
    }
    write!(writer, "{}=", field.name())?;
    if is_quoted(&text) || !text.contains([' ', '=', '"']) {
        return write_plain(writer, &text);
    }
    writer.write_char('"')?;
    write_plain(writer, &text.replace('\\', "\\\\").replace('"', "\\\""))?;
    writer.write_char('"')
}

/// Quoted as a whole: no quote inside stands without its backslash.
fn is_quoted(text: &str) -> bool {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return false;
    };
    let mut escaped = false;
    let open = inner.chars().any(|c| {
        let is_open = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_open
    });
    !open && !escaped
}

fn write_plain(writer: &mut Writer<'_>, text: &str) -> std::fmt::Result {
    for c in text.chars() {
        if is_harmless(c) {
            writer.write_char(c)?;
        } else {
            write!(writer, "{}", c.escape_default())?;
        }
    }
    Ok(())
}

fn is_harmless(c: char) -> bool {
    let turns_direction = matches!(
        c,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let breaks_line = matches!(c, '\u{2028}' | '\u{2029}');
    !c.is_control() && !turns_direction && !breaks_line
}
