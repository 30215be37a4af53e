//! Settings in the environment: what each is, and which ones nobody knows.

/// A setting that is a variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// Empty: none, or the text says it.
    pub default: String,
    /// What it does, and the values it takes.
    pub about: String,
}

/// Those of `log`.
pub fn of_log() -> Vec<Variable> {
    let variable = |name: &str, default: &str, about: &str| Variable {
        name: name.into(),
        default: default.into(),
        about: about.into(),
    };
    vec![
        variable(
            "NOVA_VE_LOG",
            "info",
            "What is written to the journal: error, warn, info, debug, or by part (server=debug,info).",
        ),
        variable(
            "NOVA_VE_LOG_FORMAT",
            "text",
            "How it is written: text for people, json for machines.",
        ),
        variable(
            "NOVA_VE_LOG_FILE",
            "",
            "A file that rotates at 5 MiB, three older ones kept; default: the journal or standard error.",
        ),
    ]
}

/// Ours by their prefix; other programs' variables are none of our business.
const PREFIX: &str = "NOVA_VE_";
/// A name that differs in more letters is another word.
const NEAR: usize = 4;

/// A sentence for each variable of ours that nobody knows, with the nearest known name.
pub fn complaints<'a>(set: impl IntoIterator<Item = &'a str>, known: &[&str]) -> Vec<String> {
    let unknown = set
        .into_iter()
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let complaint = |name: &str| {
        let nearest = known
            .iter()
            .map(|other| (strsim::levenshtein(name, other), *other));
        let nearest = nearest.min().filter(|(distance, _)| *distance <= NEAR);
        let meant =
            nearest.map_or_else(String::new, |(_, other)| format!("; did you mean {other}?"));
        format!("the variable {name} is not known and does nothing{meant}")
    };
    unknown.map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_variable_is_told_with_the_nearest_known_one() {
        let known = ["NOVA_VE_LISTEN", "NOVA_VE_AUDIT_DAYS", "NOVA_VE_LOG"];
        let set = [
            "NOVA_VE_LISTEN",
            "NOVA_VE_AUDIT_DAY",
            "NOVA_VE_SOMETHING_ELSE",
            "PATH",
        ];
        assert_eq!(
            complaints(set, &known),
            [
                "the variable NOVA_VE_AUDIT_DAY is not known and does nothing; did you mean NOVA_VE_AUDIT_DAYS?",
                "the variable NOVA_VE_SOMETHING_ELSE is not known and does nothing",
            ]
        );
    }
}
