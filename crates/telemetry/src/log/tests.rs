#![expect(clippy::unwrap_used, reason = "tests")]

use tracing::Level;

use super::sink::priority;
use super::*;

/// What is written to a log file in a form.
fn told(format: Format, tell: impl FnOnce()) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.log");
    let file = LogFile::open(&path, Limits::default()).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer(format, Sink::File(file)));
    tracing::subscriber::with_default(subscriber, tell);
    std::fs::read_to_string(&path).unwrap()
}

/// A lab's name that pretends to be a second line, in red, of somebody else.
const HOSTILE: &str =
    "r1\n2026-01-01T00:00:00Z ERROR forged \u{1b}[31m\u{9b}31m\u{202e}\" user.name=admin";

fn tell_hostile_names() {
    let span = tracing::info_span!("node.work", node.name = HOSTILE, node.shown = %HOSTILE);
    let _entered = span.enter();
    tracing::info!(lab.name = HOSTILE, lab.shown = %HOSTILE, lab.debug = ?[HOSTILE], "{HOSTILE}");
}

#[test]
fn a_hostile_name_stays_one_line_of_plain_text() {
    let text = told(Format::Text, tell_hostile_names);
    assert_eq!(text.lines().count(), 1, "{text}");
    let bad = |c: &char| c.is_control() && *c != '\n' || "\u{202e}\u{2028}".contains(*c);
    assert_eq!(text.chars().find(bad), None, "{text:?}");
    // Within its quotes, and not as a field: the quote before it is escaped.
    assert!(text.contains(r#"lab.shown="r1\n2026"#), "{text}");
    assert_eq!(
        text.matches(r#"" user.name=admin"#).count(),
        text.matches(r#"\" user.name=admin"#).count() + 1
    );
}

#[test]
fn the_json_form_is_one_document_a_line_with_fields_and_spans() {
    let text = told(Format::Json, || {
        tell_hostile_names();
        tracing::warn!(job.id = 7, "job.ended");
    });
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["lab.name"], HOSTILE);
    assert_eq!(lines[0]["spans"][0]["node.name"], HOSTILE);
    assert_eq!(
        (&lines[1]["level"], &lines[1]["job.id"]),
        (&"WARN".into(), &7.into())
    );
}

#[test]
fn text_reads_as_message_and_fields() {
    let text = told(Format::Text, || {
        tracing::info!(lab.id = %"e4e6", why = "no space", nodes = 3, "lab.broken");
    });
    let line = text.trim_end();
    assert!(
        line.ends_with(r#"lab.broken lab.id=e4e6 why="no space" nodes=3"#),
        "{line}"
    );
}

#[test]
fn the_journal_is_told_each_lines_priority() {
    let levels = [
        Level::ERROR,
        Level::WARN,
        Level::INFO,
        Level::DEBUG,
        Level::TRACE,
    ];
    assert_eq!(levels.map(priority), [3, 4, 6, 7, 7]);
}
