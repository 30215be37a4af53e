//! `nova-ve-server config-example`: the environment file with every variable, from the options' own
//! table.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Command};

use crate::config::ServeConfig;

const HEAD: &str = "\
# Settings of nova-ve-server. Every variable is also an option of `nova-ve-server serve`.
# What is commented out shows the default.
";

pub fn run() -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn text() -> String {
    let command = ServeConfig::augment_args(Command::new("serve"));
    let mut text = HEAD.to_owned();
    for argument in command.get_arguments() {
        let Some(variable) = argument.get_env() else {
            continue;
        };
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let default = argument.get_default_values().first();
        let default = default.map(|value| value.to_string_lossy().into_owned());
        let variable = variable.to_string_lossy();
        writeln!(text, "\n# {}", help.replace('\n', " ").replace('`', ""))
            .and_then(|()| writeln!(text, "#{variable}={}", default.unwrap_or_default()))
            .expect("a String takes every write");
    }
    text.push_str(
        "\n# What is written to the journal: error, warn, info, debug, or by part (server=debug,info).\n\
         #NOVA_VE_LOG=info\n\
         \n# How it is written: text for people, json for machines.\n\
         #NOVA_VE_LOG_FORMAT=text\n\
         \n# A file that rotates at 5 MiB, three older ones kept; default: the journal or standard error.\n\
         #NOVA_VE_LOG_FILE=\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_the_contract_is_in_the_example() {
        let text = text();
        for variable in [
            "DATABASE_URL",
            "COOKIE_SECURE=False",
            "NOVA_VE_INSTANCE_ID_OVERRIDE_OK",
        ] {
            assert!(text.contains(variable), "{variable} is missing in\n{text}");
        }
    }
}
