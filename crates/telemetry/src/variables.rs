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
        let nearest = known.iter().map(|other| (distance(name, other), *other));
        let nearest = nearest.min().filter(|(distance, _)| *distance <= NEAR);
        let meant =
            nearest.map_or_else(String::new, |(_, other)| format!("; did you mean {other}?"));
        format!("the variable {name} is not known and does nothing{meant}")
    };
    unknown.map(complaint).collect()
}

/// Letters to insert, remove or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
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

    #[test]
    fn letters_are_counted() {
        for (a, b, count) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("same", "same", 0),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (count, count), "{a} {b}");
        }
    }
}
