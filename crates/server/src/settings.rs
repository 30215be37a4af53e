//! Every variable of the environment that counts, in one table: the options' own, and the log's. The
//! environment file's example and its page in the docs are made of it; `--help` says the same. Of unknown
//! ones `telemetry::variables` warns, which lists the names of all programs.

use clap::{Args, Command};
use telemetry::variables::{self, Variable};

use crate::config::ServeConfig;

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::commands::Cli;

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
    fn every_variable_of_ours_is_known_to_all_programs() {
        let cli = Cli::command();
        let all = cli.get_subcommands().flat_map(of_command);
        let names: Vec<String> = all.map(|variable| variable.name).collect();
        let unknown = variables::complaints_about(names.iter().map(String::as_str));
        assert_eq!(
            unknown,
            Vec::<String>::new(),
            "telemetry::variables lists them"
        );
    }
}
