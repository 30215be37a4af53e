//! Each argument is an act as words: each is tried in a process of its own, and for each a line is printed.

use std::process::{Command, ExitCode};

use attempt::act;

/// Set where the one act is to be tried by this very process.
const ALONE: &str = "ATTEMPT_ALONE";

#[expect(
    clippy::print_stdout,
    reason = "its answers are what the program is for"
)]
fn main() -> ExitCode {
    let acts: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os(ALONE).is_some() {
        println!(
            "{}",
            acts.first()
                .map_or_else(String::new, |line| act::attempt(line))
        );
        return ExitCode::SUCCESS;
    }
    for line in acts {
        println!("{}", alone(&line));
    }
    ExitCode::SUCCESS
}

/// An act may end or change the process that tries it.
fn alone(line: &str) -> String {
    let tried = Command::new("/proc/self/exe")
        .arg(line)
        .env(ALONE, "1")
        .output();
    let output = match tried {
        Ok(output) => output,
        Err(error) => return format!("not tried: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().last() {
        Some(word) => word.to_owned(),
        None => format!("{}", output.status),
    }
}
