//! The lines of a document, each of a bounded length.

use std::io::{self, BufRead, Read};

/// A row holds one lab: its contents, and they are written twice as long at most. Edits of it are
/// smaller.
pub(super) const LINE_MAX_BYTES: usize = 64 << 20;

pub(super) struct Lines<'a> {
    input: &'a mut (dyn BufRead + Send),
    number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: &'a mut (dyn BufRead + Send)) -> Self {
        Self { input, number: 0 }
    }

    /// Of the line that was read last; the first one is 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, or what is wrong with it; the rest of it is passed over.
    pub(super) fn next(&mut self) -> io::Result<Option<Result<String, String>>> {
        let mut line = Vec::new();
        let most = LINE_MAX_BYTES as u64 + 1;
        let mut part = Read::take(&mut *self.input, most);
        if part.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.len() > LINE_MAX_BYTES && line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
            let most = LINE_MAX_BYTES >> 20;
            return Ok(Some(Err(format!("is longer than {most} MiB"))));
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let text = String::from_utf8(line).map_err(|_| "is no UTF-8".to_owned());
        Ok(Some(text))
    }
}
