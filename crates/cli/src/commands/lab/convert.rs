//! `lab convert FILE|DIR|URL|-`: a lab of the one format as a file of the other, without a server.
//!
//! The new file is the answer; what it or the lab does not have of the old one is told beside it. `-o json` gives
//! all of it as one object instead.

mod place;

use std::path::Path;

use formats::{Loss, containerlab, native};
use model::Lab;
use serde::Serialize;

use crate::connect::Global;
use crate::failure::Exit;
use crate::output::{Format, Output, answer, print, remark};
use crate::reading::{self, Options, Read, Refused, Source};

use place::Made;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "`-o FILE` writes that file, and what belongs beside a topology; `-o json` and `-o yaml` write the \
                  whole answer, losses or problems included."
)]
pub struct Args {
    /// The file; a folder with one *.clab.yml in it; its address; `-` is standard input
    #[arg(value_name = "FILE|DIR|URL|-")]
    file: String,
    /// The format of the new file
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    to: To,
    /// The file to write, as `-o FILE` [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<std::path::PathBuf>,
    /// Replace files that are there
    #[arg(short, long)]
    force: bool,
    /// Make nothing when something would be left out
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// Our own JSON
    #[default]
    Nova,
    /// A topology file of containerlab
    Containerlab,
}

/// The whole answer as one object.
#[derive(Serialize)]
struct Whole<'a> {
    losses: &'a [Loss],
    /// The new file, as an object or as text; absent when it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    lab: Option<&'a Lab>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// What was written, or belongs beside the new file.
    files: Vec<String>,
}

#[derive(Serialize)]
struct Problems<'a> {
    problems: &'a [formats::Fault],
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let source = Source::find(&args.file)?;
    let read = match reading::read(&source, &args.options).await {
        Ok(read) => read,
        Err(error) => {
            if let Some(refused) = error.downcast_ref::<Refused>() {
                let problems = &refused.faults;
                say(global, &Problems { problems })?;
            }
            return Err(error);
        }
    };
    let out = match &global.output {
        Output::File(path) => Some(path),
        Output::Format(_) => args.out.as_ref(),
    };
    let made = make(read, args.to, out.map(std::path::PathBuf::as_path));
    if global.format() == Format::Table {
        reading::tell(&made.losses, &source.shown());
    }
    if args.strict {
        reading::must_be_none(&made.losses)?;
    }
    let written = match out {
        Some(path) => place::write(path, &made, args.force)?,
        None => Vec::new(),
    };
    tell(&made, out.is_none(), written, global)?;
    Ok(Exit::DONE)
}

/// The losses of reading and of writing, one after the other.
fn make(read: Read, to: To, out: Option<&Path>) -> Made {
    let Read { lab, mut losses } = read;
    match to {
        To::Nova => Made {
            text: native::write(&lab),
            lab: Some(lab),
            files: std::collections::BTreeMap::new(),
            losses,
        },
        To::Containerlab => {
            let name = out.and_then(Path::file_name).and_then(|name| name.to_str());
            let written = containerlab::write(&lab, name.unwrap_or("lab.clab.yml"));
            losses.extend(written.losses);
            Made {
                text: written.text,
                lab: None,
                files: written.files,
                losses,
            }
        }
    }
}

fn tell(made: &Made, to_output: bool, written: Vec<String>, global: &Global) -> anyhow::Result<()> {
    let beside = || made.files.keys().cloned().collect::<Vec<_>>();
    match global.format() {
        Format::Json | Format::Yaml => say(
            global,
            &Whole {
                losses: &made.losses,
                lab: made.lab.as_ref().filter(|_| to_output),
                text: Some(made.text.as_str()).filter(|_| to_output && made.lab.is_none()),
                files: if to_output { beside() } else { written },
            },
        ),
        Format::Table if to_output => {
            print(made.text.trim_end());
            if !made.files.is_empty() {
                let files = place::some(&beside());
                remark(&format!(
                    "files belong beside it, which -o FILE writes: {files}"
                ));
            }
            Ok(())
        }
        Format::Table => {
            remark(&format!("written: {}", place::some(&written)));
            Ok(())
        }
    }
}

fn say(global: &Global, value: &impl Serialize) -> anyhow::Result<()> {
    match global.format() {
        Format::Table => Ok(()),
        format @ (Format::Json | Format::Yaml) => answer(format, value, |_| String::new()),
    }
}
