//! The last bytes of an endless output, addressed by absolute offsets.
//!
//! ```text
//!   0 ........ start ................ end       bytes ever written: end
//!              └── kept, at most `capacity` ──┘
//! ```
//! A reader remembers the offset it has read up to and asks for what follows. So the writer never
//! waits for a reader, any number may read, and one that was cut off goes on where it stopped. A
//! reader too slow for the writer finds its offset before `start`: it goes on at the beginning of
//! the next whole line and sees by the offset that something is missing.

use std::collections::VecDeque;

/// How far a reader that lost bytes looks for the beginning of a line, so that it does not start in
/// the middle of an escape sequence or of a character.
const LINE_SEARCH_BYTES: usize = 4096;

#[derive(Debug)]
pub struct Scrollback {
    kept: VecDeque<u8>,
    capacity: usize,
    end: u64,
}

/// Bytes for a reader; the next ones begin at `offset + bytes.len()`.
#[derive(Debug, PartialEq, Eq)]
pub struct Replay<'a> {
    /// Greater than asked for: what lay between is no more kept.
    pub offset: u64,
    pub bytes: &'a [u8],
}

impl Scrollback {
    /// `capacity` of 0 keeps nothing but counts.
    pub fn new(capacity: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            capacity,
            end: 0,
        }
    }

    /// The offset of the oldest byte that is kept.
    pub fn start(&self) -> u64 {
        self.end - self.kept.len() as u64
    }

    /// How many bytes were ever written.
    pub fn end(&self) -> u64 {
        self.end
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        let tail = &bytes[bytes.len().saturating_sub(self.capacity)..];
        let excess = (self.kept.len() + tail.len()).saturating_sub(self.capacity);
        self.kept.drain(..excess.min(self.kept.len()));
        self.kept.extend(tail);
    }

    /// What follows `from`, up to `limit` bytes: all of it after enough calls. Empty at the end, and
    /// for an offset that was never written (a reader of an earlier life of the console).
    pub fn read(&mut self, from: u64, limit: usize) -> Replay<'_> {
        let offset = self.resume_at(from);
        let skip = usize::try_from(offset - self.start()).expect("no more than is kept");
        let kept = self.kept.make_contiguous();
        let upto = kept.len().min(skip.saturating_add(limit));
        Replay {
            offset,
            bytes: &kept[skip..upto],
        }
    }

    /// The offset a reader really goes on at that has read up to `from`.
    fn resume_at(&self, from: u64) -> u64 {
        let start = self.start();
        if from >= start || start == 0 {
            return from.min(self.end);
        }
        let searched = self.kept.iter().take(LINE_SEARCH_BYTES);
        let line = searched
            .zip(1..)
            .find_map(|(byte, next)| (*byte == b'\n').then_some(next));
        start + line.unwrap_or(0)
    }

    /// The last line with something on it, without escape sequences and control characters: the
    /// words for *why did it end*.
    pub fn last_line(&self) -> String {
        self.last_lines(1).pop().unwrap_or_default()
    }

    /// The last such lines, in their order.
    pub fn last_lines(&self, count: usize) -> Vec<String> {
        let text: Vec<u8> = self.kept.iter().copied().collect();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().rev().map(plain);
        let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).take(count).collect();
        lines.reverse();
        lines
    }
}

/// A line without what only a terminal understands.
fn plain(line: &str) -> String {
    let mut words = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            skip_sequence(&mut chars);
        } else if !c.is_control() {
            words.push(c);
        }
    }
    words.trim().to_owned()
}

/// What follows an escape character, to the end of its sequence.
fn skip_sequence(chars: &mut std::str::Chars<'_>) {
    match chars.next() {
        // A control sequence ends with its first byte from `@` on.
        Some('[') => drop(chars.find(|c| ('@'..='~').contains(c))),
        // A text for the terminal (a window title) ends with BEL, or with escape and a backslash.
        Some(']' | 'P' | '^' | '_' | 'X') => {
            if chars.find(|c| matches!(c, '\u{7}' | '\u{1b}')) == Some('\u{1b}') {
                chars.next();
            }
        }
        // Any other may have intermediate bytes before its one final byte.
        Some(' '..='/') => drop(chars.find(|c| !(' '..='/').contains(c))),
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(capacity: usize, text: &str) -> Scrollback {
        let mut scrollback = Scrollback::new(capacity);
        scrollback.push(text.as_bytes());
        scrollback
    }

    #[test]
    fn a_reader_goes_on_where_it_was_cut_off() {
        let mut console = written(100, "one\ntwo\n");
        assert_eq!(console.read(0, 4).bytes, b"one\n");
        console.push(b"three\n");
        let rest = console.read(4, 100);
        assert_eq!((rest.offset, rest.bytes), (4, &b"two\nthree\n"[..]));
    }

    #[test]
    fn a_reader_that_lost_bytes_goes_on_at_a_whole_line_and_can_tell() {
        let mut console = written(8, "lost line\nhalf\nnew\n");
        let replay = console.read(0, 100);
        assert_eq!((replay.offset, replay.bytes), (15, &b"new\n"[..]));
    }

    #[test]
    fn the_last_line_has_neither_colours_nor_window_titles() {
        for title in ["\u{1b}]0;r1\u{7}", "\u{1b}]0;r1\u{1b}\\", "\u{1b}(B"] {
            let console = written(100, &format!("{title}\u{1b}[31mno such file\u{1b}[m\r\n"));
            assert_eq!(console.last_line(), "no such file", "{title:?}");
        }
    }

    #[test]
    fn an_offset_of_an_earlier_life_reads_nothing_until_something_comes() {
        let mut console = written(100, "fresh");
        assert_eq!(console.read(5000, 100).offset, 5);
    }

    #[test]
    fn the_last_line_is_plain_words() {
        let console = written(
            100,
            "starting\r\n\x1b[31mcannot bind: in use\x1b[0m\r\n\r\n",
        );
        assert_eq!(console.last_line(), "cannot bind: in use");
    }

    proptest! {
        /// Whatever is written in whatever pieces, a reader that keeps up sees it all, once, in order.
        #[test]
        fn a_reader_that_keeps_up_sees_everything(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..40),
            capacity in 40usize..100,
        ) {
            let mut console = Scrollback::new(capacity);
            let (mut seen, mut at) = (Vec::new(), 0);
            for piece in &pieces {
                console.push(piece);
                let replay = console.read(at, usize::MAX);
                prop_assert_eq!(replay.offset, at);
                seen.extend_from_slice(replay.bytes);
                at += replay.bytes.len() as u64;
            }
            prop_assert_eq!(seen, pieces.concat());
        }

        /// A late reader gets a true part of the output, at the offset that is told, to its very end.
        #[test]
        fn a_late_reader_gets_the_end_of_the_output(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..10),
            capacity in 0usize..500,
            from in 0u64..4000,
        ) {
            let mut console = Scrollback::new(capacity);
            for piece in &pieces {
                console.push(piece);
            }
            let all = pieces.concat();
            let replay = console.read(from, usize::MAX);
            let offset = usize::try_from(replay.offset).unwrap_or(usize::MAX);
            prop_assert_eq!(&all[offset..], replay.bytes);
            prop_assert!(replay.bytes.len() <= capacity);
            prop_assert!(replay.offset >= from.min(all.len() as u64));
        }
    }
}
