//! `clab …`: containerlab's own verbs and flags over the same API, for who has them in his fingers.
//!
//! A lab that `deploy` made knows the file it is from (`origin`); by that the other verbs find it again. What has
//! no meaning here is said or refused with the way that leads there (`foreign`, `verbs`), never passed over.

mod addresses;
mod deploy;
mod destroy;
mod exec;
mod foreign;
mod inspect;
mod origin;
mod rows;
mod save;
mod verbs;
mod which;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a lab of a topology file and start it
    #[command(visible_aliases = ["dep", "apply"])]
    Deploy(deploy::Args),
    /// Stop labs that `deploy` made, and delete them
    #[command(visible_alias = "des")]
    Destroy(destroy::Args),
    /// List nodes with their states and management addresses
    #[command(visible_alias = "ins")]
    Inspect(inspect::Args),
    /// Run commands in the nodes of a lab
    Exec(exec::Args),
    /// Keep what nodes run with in the lab
    Save(save::Args),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Deploy(args) => deploy::run(args, global).await,
        Command::Destroy(args) => destroy::run(&args, global).await,
        Command::Inspect(args) => inspect::run(&args, global).await,
        Command::Exec(args) => exec::run(&args, global).await,
        Command::Save(args) => save::run(&args, global).await,
        Command::Other(words) => Err(verbs::elsewhere(&words).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::foreign::{self, Answer, Flag};
    use super::verbs::ELSEWHERE;

    const PAGE: &str = include_str!("../../../../docs/coming-from/containerlab.md");

    #[test]
    fn the_page_names_every_verb_with_what_does_it_here() {
        for (verb, instead) in ELSEWHERE {
            let row = format!("| `{verb}` | {instead} |");
            assert!(PAGE.contains(&row), "{row}");
        }
        for verb in ["deploy", "destroy", "inspect", "exec", "save"] {
            assert!(PAGE.contains(&format!("| `{verb}`")), "{verb}");
        }
    }

    #[test]
    fn the_page_names_every_flag_in_its_column() {
        let tables: [(&str, &[Flag]); 6] = [
            ("| all |", &foreign::COMMON),
            ("| `deploy` | `--", &foreign::DEPLOY),
            ("| `destroy` | `--", &foreign::DESTROY),
            ("| `inspect` | `--", &foreign::INSPECT),
            ("| `exec` | `--", &foreign::EXEC),
            ("| `save` | `--", &foreign::SAVE),
        ];
        for (start, flags) in tables {
            let row = PAGE.lines().find(|line| line.starts_with(start));
            let cells: Vec<&str> = row.unwrap_or_default().split('|').collect();
            for flag in flags {
                let column = match flag.answer {
                    Answer::Remark(_) => cells.get(3),
                    Answer::Refused(_) => cells.get(4),
                };
                let named = column.is_some_and(|cell| cell.contains(&format!("`--{}`", flag.long)));
                assert!(named, "{start} lacks --{}", flag.long);
            }
        }
    }
}
