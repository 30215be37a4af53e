//! What a command must name, asked before anything is opened for it.

/// Why these words are no command; `None`: they are one.
pub fn wrong_argv(argv: &[String]) -> Option<&'static str> {
    argv.first()
        .is_none_or(String::is_empty)
        .then_some("argv must name at least the program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_must_not_be_empty() {
        let wrong = |argv: &[&str]| {
            let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
            wrong_argv(&argv).is_some()
        };
        assert!(!wrong(&["echo", ""]));
        assert!(wrong(&[]) && wrong(&[""]) && wrong(&["", "echo"]));
    }
}
