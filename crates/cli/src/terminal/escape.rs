//! The way out of a console: `Ctrl-]`, then a letter. Pure.
//!
//! ```text
//! plain ──Ctrl-]──▶ armed ──d──▶ detach
//!   ▲                 │──Ctrl-]──▶ sends one Ctrl-]
//!   └──any other key──┘            sends both
//! ```

const PREFIX: u8 = 0x1d;

/// What a console does with what was typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed {
    /// For the node.
    pub send: Vec<u8>,
    /// The person wants to leave; later bytes are dropped.
    pub detach: bool,
}

#[derive(Debug, Default)]
pub struct Escape {
    armed: bool,
}

impl Escape {
    pub fn typed(&mut self, bytes: &[u8]) -> Typed {
        let mut send = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match (self.armed, byte) {
                (false, PREFIX) => self.armed = true,
                (false, _) => send.push(byte),
                (true, b'd' | b'D' | b'q' | b'.') => return Typed { send, detach: true },
                (true, PREFIX) => {
                    self.armed = false;
                    send.push(PREFIX);
                }
                (true, _) => {
                    self.armed = false;
                    send.extend([PREFIX, byte]);
                }
            }
        }
        Typed {
            send,
            detach: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_works_across_two_reads() {
        let mut escape = Escape::default();
        let first = escape.typed(b"ls\r\x1d");
        assert_eq!((first.send.as_slice(), first.detach), (&b"ls\r"[..], false));
        let second = escape.typed(b"dxyz");
        assert_eq!((second.send.as_slice(), second.detach), (&b""[..], true));
    }

    #[test]
    fn a_doubled_prefix_sends_one() {
        let typed = Escape::default().typed(b"a\x1d\x1db");
        assert_eq!(typed.send, b"a\x1db");
        assert!(!typed.detach);
    }

    #[test]
    fn another_key_after_the_prefix_sends_both() {
        assert_eq!(Escape::default().typed(b"\x1dx").send, b"\x1dx");
    }
}
