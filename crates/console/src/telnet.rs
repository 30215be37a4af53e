//! The server's side of telnet (RFC 854), without I/O: bytes of the wire in, a person's input out.
//!
//! ```text
//! wire ─▶ Telnet::receive ─▶ Received { input, size, reply }      reply goes back to the wire
//! console's output ─▶ Telnet::wrap ─▶ wire
//!
//! Text ──CR──▶ AfterCr ─▶ Text        CR LF and CR NUL are one CR
//! Text ─IAC─▶ Command ─WILL/WONT/DO/DONT─▶ Option ─▶ Text
//!                     ─SB─▶ Sub ─IAC─▶ SubCommand ─SE─▶ Text
//! ```
//! What is spoken: we echo (RFC 857) and suppress go-ahead (RFC 858), so that a client sends each key
//! as it is pressed; the client tells its window's size (RFC 1073). Every other option is refused,
//! once for each time it is asked for; what was agreed already is not answered again, or two programs
//! could answer each other for ever. Of a subnegotiation, `SUB_BYTES` are kept, the rest is dropped.

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

const ECHO: u8 = 1;
const SUPPRESS_GO_AHEAD: u8 = 3;
const WINDOW_SIZE: u8 = 31;

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const NUL: u8 = 0;

/// The option and four bytes of a window's size; more than that means nothing to us.
const SUB_BYTES: usize = 5;

/// What came with some bytes of the wire.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// What the person typed.
    pub input: Vec<u8>,
    /// The window's last size.
    pub size: Option<Size>,
    /// To be sent back.
    pub reply: Vec<u8>,
}

/// Of a window, in characters; neither is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

#[derive(Debug, Default)]
pub struct Telnet {
    state: State,
    /// Of the output, the last byte was a CR: an LF belongs to it, before any other byte comes NUL.
    sent_cr: bool,
    client_tells_size: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Text,
    AfterCr,
    Command,
    Option {
        verb: u8,
    },
    Sub(Vec<u8>),
    SubCommand(Vec<u8>),
}

impl Telnet {
    /// What the server says first.
    pub const HELLO: [u8; 9] = [
        IAC,
        WILL,
        ECHO,
        IAC,
        WILL,
        SUPPRESS_GO_AHEAD,
        IAC,
        DO,
        WINDOW_SIZE,
    ];

    /// Takes bytes of the wire, cut anywhere.
    pub fn receive(&mut self, wire: &[u8]) -> Received {
        let mut received = Received::default();
        for byte in wire {
            let state = std::mem::take(&mut self.state);
            self.state = self.step(state, *byte, &mut received);
        }
        received
    }

    fn step(&mut self, state: State, byte: u8, received: &mut Received) -> State {
        match (state, byte) {
            (State::AfterCr, LF | NUL) => State::Text,
            (State::Text | State::AfterCr, IAC) => State::Command,
            (State::Text | State::AfterCr, _) => text(byte, received),
            (State::Command, IAC) => text(IAC, received),
            (State::Command, WILL | WONT | DO | DONT) => State::Option { verb: byte },
            (State::Command, SB) => State::Sub(Vec::new()),
            (State::Option { verb }, option) => {
                self.answer(verb, option, &mut received.reply);
                State::Text
            }
            (State::Sub(kept), IAC) => State::SubCommand(kept),
            (State::Sub(kept), _) => State::Sub(keep(kept, byte)),
            (State::SubCommand(kept), IAC) => State::Sub(keep(kept, IAC)),
            (State::SubCommand(kept), SE) => {
                received.size = size(&kept).or(received.size);
                State::Text
            }
            // Are you there, erase, interrupt: keys say these to a console. A subnegotiation that is
            // broken off by another command: RFC 855 does not know it.
            (State::Command | State::SubCommand(_), _) => State::Text,
        }
    }

    /// Answers a request for an option, or takes the answer to one of ours.
    fn answer(&mut self, verb: u8, option: u8, reply: &mut Vec<u8>) {
        match (verb, option) {
            // Offered in `HELLO`; a client that does not want it gets it all the same.
            (DO | DONT, ECHO | SUPPRESS_GO_AHEAD) => {}
            (DO, _) => reply.extend([IAC, WONT, option]),
            (WILL, WINDOW_SIZE) => self.client_tells_size = true,
            (WONT, WINDOW_SIZE) if self.client_tells_size => {
                self.client_tells_size = false;
                reply.extend([IAC, DONT, option]);
            }
            (WILL, _) => reply.extend([IAC, DONT, option]),
            // What was never agreed is not done: that needs no answer.
            _ => {}
        }
    }

    /// The console's output as it goes over the wire.
    pub fn wrap(&mut self, output: &[u8]) -> Vec<u8> {
        let mut wire = Vec::with_capacity(output.len() + 8);
        for byte in output {
            if self.sent_cr && *byte != LF {
                wire.push(NUL);
            }
            self.sent_cr = *byte == CR;
            if *byte == IAC {
                wire.push(IAC);
            }
            wire.push(*byte);
        }
        wire
    }
}

fn text(byte: u8, received: &mut Received) -> State {
    received.input.push(byte);
    match byte {
        CR => State::AfterCr,
        _ => State::Text,
    }
}

fn keep(mut kept: Vec<u8>, byte: u8) -> Vec<u8> {
    if kept.len() < SUB_BYTES {
        kept.push(byte);
    }
    kept
}

fn size(kept: &[u8]) -> Option<Size> {
    let [WINDOW_SIZE, c1, c2, r1, r2] = *kept else {
        return None;
    };
    let (columns, rows) = (u16::from_be_bytes([c1, c2]), u16::from_be_bytes([r1, r2]));
    // 0 says that the client does not know.
    (columns > 0 && rows > 0).then_some(Size { columns, rows })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn all(wire: &[u8]) -> Received {
        Telnet::default().receive(wire)
    }

    #[test]
    fn what_is_typed_comes_as_it_is() {
        assert_eq!(all(b"show ip route\r\0").input, b"show ip route\r");
        assert_eq!(all(b"a\r\nb\rc\n").input, b"a\rb\rc\n");
        assert_eq!(all(&[b'x', IAC, IAC, b'y']).input, [b'x', IAC, b'y']);
    }

    #[test]
    fn a_window_has_a_size() {
        let told = all(&[
            IAC,
            WILL,
            WINDOW_SIZE,
            IAC,
            SB,
            WINDOW_SIZE,
            0,
            132,
            0,
            50,
            IAC,
            SE,
            b'x',
        ]);
        let size = Size {
            columns: 132,
            rows: 50,
        };
        assert_eq!((told.size, told.input), (Some(size), vec![b'x']));
        assert!(told.reply.is_empty());
        // 255 columns: the byte is doubled.
        let told = all(&[IAC, SB, WINDOW_SIZE, 0, IAC, IAC, 0, 24, IAC, SE]);
        assert_eq!(told.size.map(|size| size.columns), Some(255));
    }

    #[test]
    fn a_size_that_is_none_is_left_alone() {
        for wire in [
            &[IAC, SB, WINDOW_SIZE, 0, 0, 0, 24, IAC, SE][..],
            &[IAC, SB, WINDOW_SIZE, 0, 80, IAC, SE],
            &[IAC, SB, 24, 0, 80, 0, 24, IAC, SE],
            &[IAC, SB, IAC, SE],
            &[IAC, SB, WINDOW_SIZE, 0, 80, IAC, DO],
        ] {
            assert_eq!(all(wire).size, None, "{wire:?}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_once_and_what_is_agreed_is_not_answered() {
        let reply = |wire: &[u8]| all(wire).reply;
        assert_eq!(reply(&[IAC, WILL, 24]), [IAC, DONT, 24]);
        assert_eq!(reply(&[IAC, DO, 39]), [IAC, WONT, 39]);
        for agreed in [
            [IAC, DO, ECHO],
            [IAC, DO, SUPPRESS_GO_AHEAD],
            [IAC, DONT, ECHO],
            [IAC, WILL, WINDOW_SIZE],
            [IAC, WONT, 24],
            [IAC, DONT, 39],
        ] {
            assert!(reply(&agreed).is_empty(), "{agreed:?}");
        }
    }

    #[test]
    fn output_is_escaped() {
        let mut telnet = Telnet::default();
        assert_eq!(telnet.wrap(&[IAC, b'a']), [IAC, IAC, b'a']);
        assert_eq!(telnet.wrap(b"\r\nb\r"), b"\r\nb\r");
        assert_eq!(telnet.wrap(b"c"), b"\0c");
    }

    /// Pieces of the language, good and broken.
    fn wire() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            vec(any::<u8>(), 0..8),
            vec(
                prop::sample::select(vec![IAC, SB, SE, WILL, DO, WINDOW_SIZE, CR, LF, NUL]),
                0..8
            ),
            Just(vec![IAC, SB, WINDOW_SIZE, 0, 80, 0, 24, IAC, SE]),
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_wire_is_cut(wire in wire(), cut in any::<prop::sample::Index>()) {
            let at = cut.index(wire.len() + 1);
            let mut telnet = Telnet::default();
            let (first, second) = (telnet.receive(&wire[..at]), telnet.receive(&wire[at..]));
            let whole = all(&wire);
            prop_assert_eq!([first.input, second.input].concat(), whole.input);
            prop_assert_eq!([first.reply, second.reply].concat(), whole.reply);
            prop_assert_eq!(second.size.or(first.size), whole.size);
        }

        #[test]
        fn what_is_wrapped_is_received_again(parts in vec(vec(any::<u8>(), 0..32), 0..8)) {
            let (mut near, mut far) = (Telnet::default(), Telnet::default());
            let mut input = Vec::new();
            for part in &parts {
                let received = far.receive(&near.wrap(part));
                prop_assert!(received.reply.is_empty() && received.size.is_none());
                input.extend(received.input);
            }
            // A line's end is one CR for who receives.
            let sent = parts.concat();
            let expected: Vec<u8> = (0..sent.len())
                .filter(|i| !(sent[*i] == LF && *i > 0 && sent[*i - 1] == CR))
                .map(|i| sent[i])
                .collect();
            prop_assert_eq!(input, expected);
        }

        #[test]
        fn no_wire_is_answered_with_more_than_it_says(wire in wire()) {
            let received = all(&wire);
            prop_assert!(received.reply.len() <= wire.len());
            prop_assert!(received.input.len() <= wire.len());
        }

        #[test]
        fn two_that_speak_it_fall_silent(first in wire()) {
            let (mut near, mut far) = (Telnet::default(), Telnet::default());
            let mut words = first;
            for _ in 0..3 {
                words = far.receive(&near.receive(&words).reply).reply;
            }
            prop_assert!(words.is_empty(), "{words:?}");
        }
    }
}
