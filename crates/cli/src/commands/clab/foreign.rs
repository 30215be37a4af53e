//! Flags of containerlab's that have no effect here: taken with a remark, or refused with what does it instead.

use std::marker::PhantomData;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};

use crate::failure::{Exit, Failure};
use crate::output::remark;

#[derive(Debug, Clone, Copy)]
pub struct Flag {
    pub long: &'static str,
    short: Option<char>,
    takes: Takes,
    pub answer: Answer,
}

#[derive(Debug, Clone, Copy)]
enum Takes {
    Nothing,
    Value,
    /// A value or none.
    Maybe,
}

/// What becomes of a flag.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// It changes nothing, for this reason.
    Remark(&'static str),
    /// Nothing is done; this does it instead.
    Refused(&'static str),
}

impl Answer {
    pub fn words(self) -> &'static str {
        match self {
            Self::Remark(why) => why,
            Self::Refused(instead) => instead,
        }
    }
}

const fn flag(long: &'static str, takes: Takes, answer: Answer) -> Flag {
    let short = None;
    Flag {
        long,
        short,
        takes,
        answer,
    }
}

const fn with_short(short: char, flag: Flag) -> Flag {
    Flag {
        short: Some(short),
        ..flag
    }
}

use Answer::{Refused, Remark};
use Takes::{Maybe, Nothing, Value};

const WORKERS: Flag = flag(
    "max-workers",
    Value,
    Remark("as many nodes start and end at once as the host bears"),
);

/// Of every verb.
pub const COMMON: [Flag; 4] = [
    with_short(
        'd',
        flag(
            "debug",
            Nothing,
            Remark("server and agent keep the logs: docs/logging.md"),
        ),
    ),
    flag(
        "log-level",
        Value,
        Remark("server and agent keep the logs: docs/logging.md"),
    ),
    with_short(
        'r',
        flag(
            "runtime",
            Value,
            Remark("containers run by the engine that the host's agent uses"),
        ),
    ),
    flag(
        "timeout",
        Value,
        Remark("it takes as long as it takes; Ctrl-C ends the waiting"),
    ),
];

const VARS: Flag = flag(
    "vars",
    Value,
    Remark("a lab is found by its file, whatever its variables were"),
);

pub const DEPLOY: [Flag; 10] = [
    WORKERS,
    with_short(
        'g',
        flag("graph", Nothing, Remark("the browser draws every lab")),
    ),
    flag(
        "skip-labdir-acl",
        Nothing,
        Remark("there is no folder of the lab that nodes write to"),
    ),
    flag(
        "skip-post-deploy",
        Nothing,
        Refused("take the commands out of `exec` and `stages`"),
    ),
    flag(
        "dry-run",
        Nothing,
        Refused("nova-ve lab convert FILE says what would be taken over"),
    ),
    flag(
        "export-template",
        Value,
        Refused("nova-ve lab show LAB -o json has the lab with its states"),
    ),
    flag(
        "export-rendered",
        Value,
        Refused("nova-ve lab convert FILE --to containerlab -o OUT"),
    ),
    flag(
        "owner",
        Value,
        Refused("log in as the owner, or let others in: nova-ve lab share"),
    ),
    flag(
        "restore-all",
        Maybe,
        Refused("there are no snapshots of nodes"),
    ),
    flag("restore", Value, Refused("there are no snapshots of nodes")),
];

pub const DESTROY: [Flag; 5] = [
    WORKERS,
    VARS,
    flag(
        "graceful",
        Nothing,
        Remark("every node is asked to end before it is ended"),
    ),
    flag(
        "keep-mgmt-net",
        Nothing,
        Remark("a management network is its lab's own, and goes with it"),
    ),
    flag("node-filter", Value, Refused("nova-ve node stop LAB/NODE")),
];

pub const INSPECT: [Flag; 2] = [
    VARS,
    flag(
        "details",
        Nothing,
        Refused("nova-ve lab show LAB -o json has all that is known"),
    ),
];

pub const EXEC: [Flag; 1] = [VARS];
pub const SAVE: [Flag; 1] = [VARS];

/// Which verb's flags.
pub trait Verb: std::fmt::Debug + Clone + Send + Sync + 'static {
    const FLAGS: &'static [Flag];
}

macro_rules! verbs {
    ($($verb:ident $flags:ident),*) => {$(
        #[derive(Debug, Clone)]
        pub struct $verb;

        impl Verb for $verb {
            const FLAGS: &'static [Flag] = &$flags;
        }
    )*};
}

verbs!(Deploy DEPLOY, Destroy DESTROY, Inspect INSPECT, Exec EXEC, Save SAVE);

/// Those that were given.
#[derive(Debug)]
pub struct Foreign<V> {
    given: Vec<&'static Flag>,
    verb: PhantomData<V>,
}

impl<V: Verb> Foreign<V> {
    /// Says what changes nothing, and refuses what would have to.
    pub fn heed(&self) -> Result<(), Failure> {
        for flag in &self.given {
            match flag.answer {
                Remark(why) => remark(&format!("--{} changes nothing: {why}", flag.long)),
                Refused(instead) => {
                    let message = format!("there is no --{} here", flag.long);
                    return Err(Failure::new(Exit::USAGE, message).hint(instead));
                }
            }
        }
        Ok(())
    }

    fn all() -> impl Iterator<Item = &'static Flag> {
        V::FLAGS.iter().chain(&COMMON)
    }
}

impl<V: Verb> clap::FromArgMatches for Foreign<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_given =
            |flag: &&Flag| matches.value_source(flag.long) == Some(ValueSource::CommandLine);
        Ok(Self {
            given: Self::all().filter(is_given).collect(),
            verb: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<V: Verb> clap::Args for Foreign<V> {
    fn augment_args(command: clap::Command) -> clap::Command {
        Self::all().fold(command, |command, flag| command.arg(argument(flag)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn argument(flag: &'static Flag) -> Arg {
    let heading = match flag.answer {
        Remark(_) => "Taken from containerlab, without effect",
        Refused(_) => "Of containerlab's, refused",
    };
    let argument = Arg::new(flag.long)
        .long(flag.long)
        .help(flag.answer.words())
        .help_heading(heading);
    let argument = match flag.short {
        Some(short) => argument.short(short),
        None => argument,
    };
    match flag.takes {
        Nothing => argument.action(ArgAction::Count),
        Value => argument.action(ArgAction::Append).value_name("VALUE"),
        Maybe => argument
            .action(ArgAction::Append)
            .num_args(0..=1)
            .default_missing_value("")
            .value_name("VALUE"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        foreign: Foreign<Deploy>,
    }

    #[test]
    fn a_flag_without_meaning_is_taken_or_refused_but_never_unknown() {
        let line = |args: &[&str]| Line::try_parse_from([&["x"], args].concat()).unwrap();
        assert!(line(&[]).foreign.given.is_empty());
        let taken = line(&["--max-workers", "4", "-g", "-dd", "-r", "podman"]);
        assert_eq!(taken.foreign.given.len(), 4);
        assert!(taken.foreign.heed().is_ok());
        let failure = line(&["--restore-all"]).foreign.heed().unwrap_err();
        assert_eq!(failure.exit, Exit::USAGE);
        assert!(failure.hint.unwrap().contains("no snapshots"));
        assert!(Line::try_parse_from(["x", "--frobnicate"]).is_err());
    }
}
