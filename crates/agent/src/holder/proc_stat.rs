//! What `/proc/PID/stat` tells: whether a process lives, and since when.

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stat {
    state: char,
    pub start_time: u64,
}

impl Stat {
    /// Ended, and perhaps not yet waited for.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

pub(super) fn read(pid: i32) -> Option<Stat> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in brackets, with whatever a program calls itself in it.
fn parse(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let start_time = fields.nth(18)?.parse().ok()?;
    Some(Stat { state, start_time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_brackets_in_its_name_does_not_confuse() {
        let text = "7 (a) R 9) S 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1";
        assert_eq!(
            parse(text),
            Some(Stat {
                state: 'S',
                start_time: 4242
            })
        );
    }

    #[test]
    fn this_process_lives() {
        let pid = i32::try_from(std::process::id()).unwrap_or_default();
        assert!(read(pid).is_some_and(|stat| !stat.is_dead()));
        assert_eq!(read(i32::MAX), None);
    }
}
