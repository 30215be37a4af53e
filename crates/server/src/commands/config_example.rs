//! `nova-ve-server config-example`: the environment file with every variable, from the table in
//! `settings`; with `--markdown` its page in the docs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use crate::settings::table;

#[derive(Debug, Args)]
pub struct ConfigExample {
    /// Print the settings as a page of the docs.
    #[arg(long)]
    markdown: bool,
}

const HEAD: &str = "\
# Settings of nova-ve-server. Every variable is also an option of `nova-ve-server serve`.
# What is commented out shows the default.
";

const PAGE: &str = "\
# Settings

Made by `nova-ve-server config-example --markdown`; `cargo xtask gen` writes it.

Each is a variable of the environment, in the contract lane from `/etc/nova-ve/backend.env`, and an option of
`nova-ve-server serve`. They are read at the start; `systemctl reload nova-ve-backend.service` (SIGHUP) reads the
file that `NOVA_VE_ENV_FILE` names anew, of which the discovery cadence counts at once, and says in the journal
what waits for a restart. A value that is not right then keeps the old one. A variable `NOVA_VE_…` that nobody
knows is warned of at the start, with the nearest name that is known.

| variable | default | what it does |
|---|---|---|
";

pub fn run(command: &ConfigExample) -> anyhow::Result<ExitCode> {
    let text = if command.markdown { page() } else { text() };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn text() -> String {
    let mut text = HEAD.to_owned();
    for variable in table() {
        let (name, default) = (variable.name, variable.default);
        writeln!(text, "\n# {}\n#{name}={default}", variable.about)
            .expect("a String takes every write");
    }
    text
}

fn page() -> String {
    let mut text = PAGE.to_owned();
    for variable in table() {
        let (name, about) = (variable.name, variable.about.replace('|', "\\|"));
        let default = match variable.default.as_str() {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        writeln!(text, "| `{name}` | {default} | {about} |").expect("a String takes every write");
    }
    text
}
