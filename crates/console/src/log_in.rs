//! A small log-in before a console, without I/O, for programs that look for `login:` and `Password:`.
//!
//! ```text
//! User ─line─▶ Password ─right─▶ Progress::In
//!   ▲             │ wrong
//!   └─ until the third ──▶ Progress::Refused
//! ```
//! User and password are compared together and in a time that does not tell how much of them was
//! right. The name is echoed, the password is not. What is typed ahead after the password belongs to
//! the console.

const ATTEMPTS: u8 = 3;
/// A longer line is wrong, whatever it begins with.
const LINE_BYTES: usize = 256;

const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

pub struct LogIn {
    user: Vec<u8>,
    password: Vec<u8>,
    asked: Asked,
    line: Vec<u8>,
    wrong: u8,
}

enum Asked {
    User,
    Password { user: Vec<u8> },
    Nothing,
}

/// How it stands after some input.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    Asking,
    /// With what was typed ahead.
    In {
        rest: Vec<u8>,
    },
    Refused,
}

impl LogIn {
    /// What is said first.
    pub const HELLO: &str = "login: ";

    pub fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
            asked: Asked::User,
            line: Vec::new(),
            wrong: 0,
        }
    }

    /// Takes input; what is to be shown is added to `say`.
    pub fn take(&mut self, input: &[u8], say: &mut Vec<u8>) -> Progress {
        for (i, byte) in input.iter().enumerate() {
            match *byte {
                b'\r' | b'\n' => match self.end_line(say) {
                    Progress::Asking => {}
                    Progress::Refused => return Progress::Refused,
                    Progress::In { .. } => {
                        let rest = input[i + 1..].to_vec();
                        return Progress::In { rest };
                    }
                },
                BACKSPACE | DELETE => self.rub_out(say),
                byte => self.key(byte, say),
            }
        }
        match self.asked {
            Asked::Nothing => Progress::Refused,
            Asked::User | Asked::Password { .. } => Progress::Asking,
        }
    }

    fn key(&mut self, byte: u8, say: &mut Vec<u8>) {
        if self.line.len() > LINE_BYTES {
            return;
        }
        self.line.push(byte);
        // Nothing that acts on a terminal goes back to it.
        if matches!(self.asked, Asked::User) && (b' '..DELETE).contains(&byte) {
            say.push(byte);
        }
    }

    fn rub_out(&mut self, say: &mut Vec<u8>) {
        let was_there = self.line.pop().is_some();
        if was_there && matches!(self.asked, Asked::User) {
            say.extend_from_slice(b"\x08 \x08");
        }
    }

    fn end_line(&mut self, say: &mut Vec<u8>) -> Progress {
        let line = std::mem::take(&mut self.line);
        match std::mem::replace(&mut self.asked, Asked::Nothing) {
            Asked::User => {
                say.extend_from_slice(b"\r\nPassword: ");
                self.asked = Asked::Password { user: line };
                Progress::Asking
            }
            Asked::Password { user } => {
                say.extend_from_slice(b"\r\n");
                self.judge(&user, &line, say)
            }
            Asked::Nothing => Progress::Refused,
        }
    }

    fn judge(&mut self, user: &[u8], password: &[u8], say: &mut Vec<u8>) -> Progress {
        let user = same(user, &self.user);
        let password = same(password, &self.password);
        if user & password {
            return Progress::In { rest: Vec::new() };
        }
        self.wrong += 1;
        say.extend_from_slice(b"Login incorrect\r\n");
        if self.wrong >= ATTEMPTS {
            return Progress::Refused;
        }
        say.extend_from_slice(Self::HELLO.as_bytes());
        self.asked = Asked::User;
        Progress::Asking
    }
}

/// In a time that depends on `typed` alone.
fn same(typed: &[u8], wanted: &[u8]) -> bool {
    let mut difference = u8::from(typed.len() != wanted.len());
    for (i, byte) in typed.iter().enumerate() {
        let other = wanted.get(i % wanted.len().max(1)).copied();
        difference |= byte ^ other.unwrap_or_default();
        // The optimiser must not leave the loop at the first difference.
        difference = std::hint::black_box(difference);
    }
    difference == 0
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn say(log_in: &mut LogIn, input: &[u8]) -> (Progress, String) {
        let mut said = Vec::new();
        let progress = log_in.take(input, &mut said);
        (progress, String::from_utf8_lossy(&said).into_owned())
    }

    #[test]
    fn the_right_answers_open_and_the_password_is_not_shown() {
        let mut log_in = LogIn::new("c0ffee", "s3cret");
        let (progress, said) = say(&mut log_in, b"c0ffee\r");
        assert_eq!(
            (progress, &*said),
            (Progress::Asking, "c0ffee\r\nPassword: ")
        );
        let (progress, said) = say(&mut log_in, b"s3cret\rls");
        let rest = b"ls".to_vec();
        assert_eq!((progress, &*said), (Progress::In { rest }, "\r\n"));
    }

    #[test]
    fn the_third_wrong_answer_ends_it_for_good() {
        let mut log_in = LogIn::new("user", "right");
        for _ in 0..2 {
            let (progress, said) = say(&mut log_in, b"user\rwrong\r");
            assert_eq!(progress, Progress::Asking);
            assert!(said.ends_with("Login incorrect\r\nlogin: "), "{said:?}");
        }
        let (progress, said) = say(&mut log_in, b"user\rwrong\ruser\rright\r");
        assert_eq!(progress, Progress::Refused);
        assert!(said.ends_with("Login incorrect\r\n"), "{said:?}");
        assert_eq!(say(&mut log_in, b"user\rright\r").0, Progress::Refused);
    }

    #[test]
    fn a_mistyped_letter_is_taken_back() {
        let mut log_in = LogIn::new("user", "right");
        let typed = b"\x7fusx\x7fer\rrighx\x08t\r";
        let rest = Vec::new();
        assert_eq!(say(&mut log_in, typed).0, Progress::In { rest });
    }

    #[test]
    fn a_long_line_is_wrong_also_with_the_right_end() {
        let mut log_in = LogIn::new("user", "right");
        let long = [b"right".repeat(100), b"\r".to_vec()].concat();
        say(&mut log_in, b"user\r");
        assert_eq!(say(&mut log_in, &long).0, Progress::Asking);
        assert!(log_in.line.capacity() <= 2 * LINE_BYTES);
    }

    proptest! {
        #[test]
        fn equal_is_what_is_equal(a in vec(0_u8..4, 0..6), b in vec(0_u8..4, 0..6)) {
            prop_assert_eq!(same(&a, &b), a == b);
        }

        #[test]
        fn nobody_gets_in_without_both(typed in vec(any::<u8>(), 0..64)) {
            let mut log_in = LogIn::new("4f1d8a0c", "9b7e66d2c5a1");
            let mut said = Vec::new();
            let progress = log_in.take(&typed, &mut said);
            let is_in = matches!(progress, Progress::In { .. });
            prop_assert!(!is_in);
            // What comes back acts on no terminal, but for our own line ends and rubbing out.
            prop_assert!(said.iter().all(|byte| matches!(byte, 8 | 10 | 13 | 32..=126)));
        }

        #[test]
        fn it_does_not_matter_where_the_input_is_cut(
            typed in vec(prop::sample::select(b"u p\r\n\x08\x7f".to_vec()), 0..24),
            cut in any::<prop::sample::Index>(),
        ) {
            let (mut whole, mut parts) = (LogIn::new("u", "p"), LogIn::new("u", "p"));
            let at = cut.index(typed.len() + 1);
            let (mut said, mut said_in_parts) = (Vec::new(), Vec::new());
            let expected = whole.take(&typed, &mut said);
            let progress = match parts.take(&typed[..at], &mut said_in_parts) {
                Progress::Asking => parts.take(&typed[at..], &mut said_in_parts),
                Progress::In { rest } => Progress::In { rest: [rest, typed[at..].to_vec()].concat() },
                Progress::Refused => Progress::Refused,
            };
            prop_assert_eq!(progress, expected);
            prop_assert_eq!(said_in_parts, said);
        }
    }
}
