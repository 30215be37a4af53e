//! The acts. Each is a function of its words that answers with what the kernel said.

mod files;
mod kernel;
mod mounts;
mod namespaces;
mod network;
mod processes;
mod rights;
mod sys;

use std::io;

use nix::errno::Errno;

/// `Ok` means that it went through.
pub type Outcome = io::Result<()>;
type Act = fn(&[&str]) -> Outcome;

const ROOMS: [&[(&str, Act)]; 7] = [
    files::ACTS,
    kernel::ACTS,
    mounts::ACTS,
    namespaces::ACTS,
    network::ACTS,
    processes::ACTS,
    rights::ACTS,
];

/// Tries one act: `ok`, the kernel's word, or what else went wrong.
pub fn attempt(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((name, rest)) = words.split_first() else {
        return "no act".into();
    };
    match find(name) {
        Some(act) => word(&act(rest)),
        None => format!("no act {name}"),
    }
}

pub fn find(name: &str) -> Option<Act> {
    let all = ROOMS.iter().flat_map(|room| room.iter());
    all.copied()
        .find_map(|(its, act)| (its == name).then_some(act))
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Ok(()) => "ok".into(),
        Err(error) => match error.raw_os_error() {
            Some(number) => format!("{:?}", Errno::from_raw(number)),
            None => error.to_string(),
        },
    }
}

fn arg<'a>(words: &[&'a str], at: usize) -> io::Result<&'a str> {
    words
        .get(at)
        .copied()
        .ok_or_else(|| io::Error::other("a word is missing"))
}

fn number<T: std::str::FromStr>(words: &[&str], at: usize) -> io::Result<T> {
    let word = arg(words, at)?;
    word.parse()
        .map_err(|_| io::Error::other(format!("{word} is no number")))
}

/// What an act says that got nothing where something is.
fn nothing() -> io::Error {
    Errno::ENODATA.into()
}
