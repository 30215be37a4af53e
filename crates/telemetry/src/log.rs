//! The log of a program: what is told, in which form, and where it goes.
//!
//! | variable | says |
//! |---|---|
//! | `NOVA_VE_LOG` | how much: `info`, `debug`, or by part: `server=debug,info` |
//! | `NOVA_VE_LOG_FORMAT` | `text` (for people) or `json` (a document a line) |
//! | `NOVA_VE_LOG_FILE` | a file that rotates by size; else standard error |
//!
//! Where standard error is the journal's, a line has no time of its own and begins with its priority,
//! which the journal reads: so `journalctl -p warning` works, and a line says all it has to say
//! without `-o verbose`, as it would not in the journal's own fields.

mod sink;
mod text;

use std::env;
use std::io::IsTerminal;
use std::path::Path;

use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::{Limits, LogFile};
pub use sink::Sink;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// What the process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It goes on for long and is nobody's to watch: `NOVA_VE_LOG_FILE` counts, and takes standard
    /// output and error too.
    Service,
    /// It answers on standard output and ends; its log is on standard error.
    Command,
}

/// Begins logging, by the environment. What is wrong with a setting is the log's first line.
pub fn init(purpose: Purpose) {
    let mut complaints = Vec::new();
    let format = format(&mut complaints);
    let sink = match purpose {
        Purpose::Service => sink(&mut complaints),
        Purpose::Command => Sink::Stderr,
    };
    let filter = filter(&mut complaints);
    tracing_subscriber::registry()
        .with(layer(format, sink).with_filter(filter))
        .init();
    for complaint in complaints {
        tracing::warn!("{complaint}");
    }
}

/// The lines themselves, wherever they go.
pub fn layer<S>(format: Format, sink: Sink) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match format {
        Format::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(sink)
            .boxed(),
        Format::Text => {
            let text = fmt::layer()
                .with_ansi(sink.is_terminal())
                .fmt_fields(text::fields());
            match sink {
                Sink::Journal => text.without_time().with_writer(sink).boxed(),
                Sink::Stderr | Sink::File(_) => text.with_writer(sink).boxed(),
            }
        }
    }
}

fn filter(complaints: &mut Vec<String>) -> EnvFilter {
    let wanted = env::var("NOVA_VE_LOG").unwrap_or_default();
    if wanted.is_empty() {
        return EnvFilter::new("info");
    }
    EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        complaints.push(format!(
            "NOVA_VE_LOG is not understood, info is told: {error}"
        ));
        EnvFilter::new("info")
    })
}

fn format(complaints: &mut Vec<String>) -> Format {
    match env::var("NOVA_VE_LOG_FORMAT").unwrap_or_default().as_str() {
        "json" => Format::Json,
        "" | "text" => Format::Text,
        other => {
            complaints.push(format!(
                "NOVA_VE_LOG_FORMAT is text or json, not {other:?}; it is text"
            ));
            Format::Text
        }
    }
}

fn sink(complaints: &mut Vec<String>) -> Sink {
    if let Some(path) = env::var_os("NOVA_VE_LOG_FILE").filter(|path| !path.is_empty()) {
        let opened = LogFile::open(Path::new(&path), Limits::default())
            .and_then(|file| file.take_standard().map(|()| file));
        match opened {
            Ok(file) => return Sink::File(file),
            Err(error) => complaints.push(format!(
                "the log file {} cannot be opened, standard error is used: {error}",
                path.display()
            )),
        }
    }
    if is_journal() {
        return Sink::Journal;
    }
    Sink::Stderr
}

/// systemd names the journal's stream by device and inode, so that a redirected one is not taken for it.
fn is_journal() -> bool {
    let Ok(named) = env::var("JOURNAL_STREAM") else {
        return false;
    };
    rustix::fs::fstat(std::io::stderr())
        .is_ok_and(|own| named == format!("{}:{}", own.st_dev, own.st_ino))
}

impl Sink {
    fn is_terminal(&self) -> bool {
        match self {
            Self::Stderr => std::io::stderr().is_terminal(),
            Self::Journal | Self::File(_) => false,
        }
    }
}

#[cfg(test)]
#[path = "log/tests.rs"]
mod tests;
