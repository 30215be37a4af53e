//! Where lines go.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::LogFile;

#[derive(Debug, Clone)]
pub enum Sink {
    Stderr,
    /// Standard error, which the journal reads.
    Journal,
    File(LogFile),
}

/// Takes one line, in one piece.
pub struct Line<'a> {
    sink: &'a Sink,
    priority: u8,
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            sink: self,
            priority: priority(Level::INFO),
        }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Line<'a> {
        Line {
            sink: self,
            priority: priority(*metadata.level()),
        }
    }
}

impl Write for Line<'_> {
    /// Never fails: a program does not end for its words.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.sink {
            Sink::Stderr => drop(io::stderr().lock().write_all(line)),
            Sink::Journal => {
                let mut whole = format!("<{}>", self.priority).into_bytes();
                whole.extend_from_slice(line);
                drop(io::stderr().lock().write_all(&whole));
            }
            Sink::File(file) => file.write_line(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As syslog numbers them.
pub(super) fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        // Every other level there is.
        _ => 7,
    }
}
