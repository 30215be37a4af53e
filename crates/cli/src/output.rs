//! What goes to standard output: tables for people, JSON or YAML for programs.
//!
//! Progress and remarks go to standard error, so that the output of `-o json` is the answer alone.

use std::ffi::OsStr;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::{PossibleValue, TypedValueParser};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::ProgressBar;
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

/// What `-o` says: how the answer is written, or, for what makes a file, the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Format(Format),
    File(PathBuf),
}

impl Default for Output {
    fn default() -> Self {
        Self::Format(Format::default())
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(Format::Table) => f.write_str("table"),
            Self::Format(Format::Json) => f.write_str("json"),
            Self::Format(Format::Yaml) => f.write_str("yaml"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A word that is a format is one; a file of such a name is written `./json`.
#[derive(Debug, Clone)]
pub struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Output, clap::Error> {
        let word = value
            .to_str()
            .and_then(|word| Format::from_str(word, false).ok());
        Ok(word.map_or_else(|| Output::File(value.into()), Output::Format))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let formats = Format::value_variants().iter();
        Some(Box::new(formats.filter_map(Format::to_possible_value)))
    }
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
    wrapped_table(header, rows, None)
}

/// The same with sentences in it: they go on below themselves where the page is no wider.
pub fn wrapped_table<const N: usize>(
    header: [&str; N],
    rows: Vec<[String; N]>,
    width: Option<u16>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| plain(&cell)));
    }
    trim(&table.to_string())
}

/// How wide standard error is, where a person reads it.
pub fn page_width() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
    (size.ws_col >= 40).then_some(size.ws_col)
}

/// `262 MB`, as Docker counts them.
pub fn size(bytes: u64) -> String {
    const KB: u64 = 1000;
    match bytes {
        0..KB => format!("{bytes} B"),
        KB..1_000_000 => format!("{} kB", bytes / KB),
        1_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        10_000_000_000.. => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// A line on standard error that says how far something is: one that changes where somebody watches.
pub struct Live(Option<ProgressBar>);

impl Live {
    pub fn begin() -> Self {
        Self(is_live().then(ProgressBar::new_spinner))
    }

    pub fn tell(&self, text: &str) {
        match &self.0 {
            Some(bar) => {
                bar.set_message(plain(text));
                bar.tick();
            }
            None => remark(text),
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Words of nodes and of other people: no control character of theirs reaches the terminal.
pub fn plain(text: &str) -> String {
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
