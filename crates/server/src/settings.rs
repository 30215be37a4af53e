//! Every variable of the environment that counts, in one table: the options' own, and the log's. The
//! environment file's example, its page in the docs and the warning about unknown ones are made of it;
//! `--help` says the same.

use clap::{Args, Command, CommandFactory};
use telemetry::variables::{self, Variable};

use crate::commands::Cli;
use crate::config::ServeConfig;

/// Read by our scripts and other programs from the same file or the same shell.
const OF_OTHERS: [&str; 21] = [
    "NOVA_VE_ADVISORIES",
    "NOVA_VE_APT_WAIT_SECONDS",
    "NOVA_VE_DISK_MINIMUM_MB",
    "NOVA_VE_FAULTS",
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

/// Of `serve`, with those of its log.
pub fn table() -> Vec<Variable> {
    let command = ServeConfig::augment_args(Command::new("serve"));
    let mut table = of_command(&command);
    table.extend(variables::of_log());
    table
}

fn of_command(command: &Command) -> Vec<Variable> {
    let variable = |argument: &clap::Arg| {
        let about = argument.get_help().map(ToString::to_string);
        let default = argument.get_default_values().first();
        Some(Variable {
            name: argument.get_env()?.to_string_lossy().into_owned(),
            default: default.map_or_else(String::new, |value| value.to_string_lossy().into_owned()),
            about: about
                .unwrap_or_default()
                .replace('\n', " ")
                .replace('`', ""),
        })
    };
    command.get_arguments().filter_map(variable).collect()
}

/// A sentence for each variable of ours in the environment that nobody knows.
pub fn complaints() -> Vec<String> {
    let set: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    complaints_about(set.iter().map(String::as_str))
}

/// The same of any names.
pub fn complaints_about<'a>(set: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let cli = Cli::command();
    let all = cli.get_subcommands().flat_map(of_command);
    let names: Vec<String> = all
        .chain(variables::of_log())
        .map(|variable| variable.name)
        .collect();
    let known: Vec<&str> = names.iter().map(String::as_str).chain(OF_OTHERS).collect();
    variables::complaints(set, &known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_the_contract_is_in_the_table() {
        let table = table();
        for (name, default) in [
            ("DATABASE_URL", ""),
            ("COOKIE_SECURE", "False"),
            ("NOVA_VE_INSTANCE_ID_OVERRIDE_OK", ""),
            ("NOVA_VE_DISCOVERY_CADENCE_SECONDS", "30"),
        ] {
            let found = table.iter().find(|variable| variable.name == name);
            assert_eq!(
                found.map(|found| found.default.as_str()),
                Some(default),
                "{name}"
            );
        }
    }

    #[test]
    fn a_misspelt_variable_is_told_and_those_of_other_commands_are_known() {
        let complaints = complaints_about([
            "NOVA_VE_DISCOVERY_CADENCE_SECOND",
            "NOVA_VE_ADMIN_PASSWORD",
            "NOVA_VE_LOG",
        ]);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        let meant = "did you mean NOVA_VE_DISCOVERY_CADENCE_SECONDS?";
        assert!(complaints[0].contains(meant), "{complaints:?}");
    }
}
