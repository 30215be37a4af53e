//! What goes to standard output: tables for people, JSON or YAML for programs.
//!
//! Progress and remarks go to standard error, so that the output of `-o json` is the answer alone.

use std::io::{IsTerminal, Write};

use anyhow::Context;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// How the answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns for people.
    #[default]
    Table,
    Json,
    Yaml,
}

/// Writes `value` as JSON or YAML, or what `table` makes of it.
pub fn answer<T: Serialize>(
    format: Format,
    value: &T,
    table: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let text = match format {
        Format::Table => table(value),
        Format::Json => serde_json::to_string_pretty(value).context("cannot write JSON")?,
        Format::Yaml => serde_saphyr::to_string(value).context("cannot write YAML")?,
    };
    print(text.trim_end_matches('\n'));
    Ok(())
}

/// A line, or several, to standard output. A reader that went away (`| head`) changes nothing of what
/// the command does besides.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A remark to standard error; nothing depends on its being read.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A table without lines: a header and left-aligned columns.
pub fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| plain(&cell)));
    }
    trim(&table.to_string())
}

/// Words of nodes and of other people: no control character of theirs reaches the terminal.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() {
                '\u{b7}'
            } else {
                letter
            }
        })
        .collect()
}

/// No space before the first column and none at the end of a line.
fn trim(text: &str) -> String {
    text.lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether standard error takes colours and moving bars.
pub fn is_live() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
