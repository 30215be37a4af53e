//! Settings in the environment: what each is, and which ones nobody knows.
//!
//! Server, agent, command line and scripts are often given the same file or shell, so one that another
//! of them reads is no unknown one. Each program proves by a test that its own names stand here.

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

/// Read by the server, by the prefix; `DATABASE_URL` and `COOKIE_SECURE` are nobody's business.
const OF_SERVER: [&str; 15] = [
    "NOVA_VE_ADMIN_PASSWORD",
    "NOVA_VE_ADMIN_USERNAME",
    "NOVA_VE_AGENT_SOCKET",
    "NOVA_VE_ALLOWED_HOSTS",
    "NOVA_VE_AUDIT_DAYS",
    "NOVA_VE_AUTOSTART",
    "NOVA_VE_DATA",
    "NOVA_VE_DISCOVERY_CADENCE_SECONDS",
    "NOVA_VE_ENV_FILE",
    "NOVA_VE_INSTANCE_ID",
    "NOVA_VE_INSTANCE_ID_FILE",
    "NOVA_VE_INSTANCE_ID_OVERRIDE_OK",
    "NOVA_VE_LABS_DIR",
    "NOVA_VE_LISTEN",
    "NOVA_VE_METRICS",
];

/// Read by the agent.
const OF_AGENT: [&str; 4] = [
    "NOVA_VE_DATA",
    "NOVA_VE_FAULTS",
    "NOVA_VE_INSTANCE_ID",
    "NOVA_VE_INSTANCE_ID_OVERRIDE_OK",
];

/// Read by the command line, our scripts and our tests.
const OF_OTHERS: [&str; 20] = [
    "NOVA_VE_ADVISORIES",
    "NOVA_VE_APT_WAIT_SECONDS",
    "NOVA_VE_DISK_MINIMUM_MB",
    "NOVA_VE_GUACAMOLE",
    "NOVA_VE_GUACAMOLE_IMAGE",
    "NOVA_VE_GUACAMOLE_STATE",
    "NOVA_VE_GUACDB_IMAGE",
    "NOVA_VE_GUACD_IMAGE",
    "NOVA_VE_PASSWORD",
    "NOVA_VE_SAMPLES",
    "NOVA_VE_SHOTS",
    "NOVA_VE_SKIP_OS_CHECK",
    "NOVA_VE_SMOKE_PASSWORD_FILE",
    "NOVA_VE_SMOKE_WAIT_SECONDS",
    "NOVA_VE_TLS_CERTIFICATE",
    "NOVA_VE_TLS_HOST",
    "NOVA_VE_TLS_KEY",
    "NOVA_VE_TOKEN",
    "NOVA_VE_URL",
    "NOVA_VE_USER",
];

/// Ours by their prefix; other programs' variables are none of our business.
const PREFIX: &str = "NOVA_VE_";
/// A name that differs in more letters is another word.
const NEAR: usize = 4;

/// A sentence for each variable of ours in the environment that nobody knows.
pub fn complaints() -> Vec<String> {
    let set: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    complaints_about(set.iter().map(String::as_str))
}

/// The same of any names.
pub fn complaints_about<'a>(set: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let log = of_log();
    let log = log.iter().map(|variable| variable.name.as_str());
    let programs = OF_SERVER.into_iter().chain(OF_AGENT).chain(OF_OTHERS);
    let known: Vec<&str> = programs.chain(log).collect();
    unknown_ones(set, &known)
}

/// With the nearest known name.
fn unknown_ones<'a>(set: impl IntoIterator<Item = &'a str>, known: &[&str]) -> Vec<String> {
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
            unknown_ones(set, &known),
            [
                "the variable NOVA_VE_AUDIT_DAY is not known and does nothing; did you mean NOVA_VE_AUDIT_DAYS?",
                "the variable NOVA_VE_SOMETHING_ELSE is not known and does nothing",
            ]
        );
    }

    #[test]
    fn what_another_program_reads_is_known_to_all() {
        let set = [
            "NOVA_VE_LISTEN",
            "NOVA_VE_FAULTS",
            "NOVA_VE_TLS_HOST",
            "NOVA_VE_LOG",
        ];
        assert_eq!(complaints_about(set), Vec::<String>::new());
        let said = complaints_about(["NOVA_VE_LOG_FROMAT"]);
        assert!(
            said[0].ends_with("did you mean NOVA_VE_LOG_FORMAT?"),
            "{said:?}"
        );
    }
}
